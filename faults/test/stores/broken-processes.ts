import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import type { Entry } from "../../src/harness/child.ts"
import { type FaultResult, isClean } from "../../src/harness/fault-suite.ts"
import type { Operation } from "../../src/stores/operation.ts"
import type { Entries } from "../../src/stores/play-round.ts"
import type { RoundPlan } from "../../src/stores/round-plan.ts"
import type { StoreName } from "./serve-broken.ts"
import { operation, type SmallPlan, smallPlan } from "./small-plan.ts"

/** Fixtures that take the place of a process, by folder and name. */
interface Processes {
  readonly writer?: string
  readonly reader?: string
}

export type BrokenProcess = readonly [
  name: string,
  processes: Processes,
  plan: SmallPlan,
  count: keyof FaultResult,
]

/** Steps of a lane that append to one stream. */
export function notes(lane: string, count: number, stream = "a"): Operation[] {
  return Array.from({ length: count }, (_, step) => operation("note", `${lane}.${step}`, [stream]))
}

const kill = "kill-in-transaction"
const killAfterCommit = "kill-after-commit"

/** What is broken, what shows it, and by which count. */
const brokenProcesses: readonly BrokenProcess[] = [
  [
    "a writer that acknowledges before it commits",
    { writer: "stores/early" },
    { operations: [notes("w0.0", 3)], faults: [{ kind: kill, operation: "w0.0.1", abandons: false }] },
    "lost",
  ],
  [
    "a writer that tries again with new ids",
    { writer: "stores/new-ids" },
    {
      operations: [notes("w0.0", 3)],
      faults: [{ kind: killAfterCommit, operation: "w0.0.1", abandons: false }],
    },
    "doubled",
  ],
  [
    "a writer that appends to several streams one after the other",
    { writer: "stores/splitting" },
    {
      operations: [[operation("transfer", "w0.0.0", ["a", "b"])]],
      faults: [{ kind: kill, operation: "w0.0.0", abandons: true }],
    },
    "lost",
  ],
  [
    "a writer whose bookkeeping isn't in the transaction of its append",
    { writer: "stores/bystanding" },
    {
      operations: [[operation("tally", "w0.0.0")]],
      faults: [{ kind: kill, operation: "w0.0.0", abandons: false }],
    },
    "lost",
  ],
  [
    "a writer that doesn't look at the condition",
    { writer: "stores/careless" },
    {
      operations: [
        [operation("booking", "w0.0.0", ["a"], ["seat-1"])],
        [operation("booking", "w1.0.0", ["b"], ["seat-1"])],
      ],
    },
    "doubled",
  ],
  [
    "a reader that goes on from the end instead of from its checkpoint",
    { reader: "stores/from-the-end" },
    { operations: [notes("w0.0", 20)], readerFaults: [{ kind: "kill", afterEvents: 1 }] },
    "skipped",
  ],
  [
    "a reader whose checkpoint passes what it hasn't seen",
    { reader: "stores/leaping" },
    { operations: [notes("w0.0", 20)] },
    "skipped",
  ],
  [
    "a reader that forgets its checkpoint",
    { reader: "stores/forgetful" },
    { operations: [notes("w0.0", 3)], readerFaults: [{ kind: "kill", afterEvents: 1 }] },
    "doubled",
  ],
  [
    "a reader that turns pages round",
    { reader: "stores/unordered" },
    { operations: [notes("w0.0", 3)] },
    "disordered",
  ],
]

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

/** Says what a suite finds out, of what is broken everywhere and of `more` that is broken on this store only. */
export function findsOut(
  store: StoreName,
  playRound: (entries: Entries, plan: RoundPlan) => Promise<FaultResult>,
  more: readonly BrokenProcess[] = [],
): void {
  const broken = [...brokenProcesses, ...more]
  const entry = (fixture: string | undefined, process: "writer" | "reader"): Entry => {
    if (fixture === undefined) return [file(`../../src/${store}/${process}.ts`)]
    return [file(`../${fixture.replace("/", "/fixtures/")}-${process}.ts`), store]
  }
  const play = ({ writer, reader }: Processes, plan: SmallPlan) =>
    playRound({ writer: entry(writer, "writer"), reader: entry(reader, "reader") }, smallPlan(plan))

  describe("a run finds out", () => {
    it.for(broken)("%s", { timeout: 120_000 }, async ([, processes, plan, count]) => {
      const result = await play(processes, plan)
      expect(isClean(result)).toBe(false)
      expect(result[count]).toBeGreaterThan(0)
    })

    it("nothing in the same plans where nothing is broken", { timeout: 240_000 }, async () => {
      for (const [name, , plan] of broken) {
        const { lost, doubled, skipped, disordered } = await play({}, plan)
        expect({ name, lost, doubled, skipped, disordered }).toEqual({
          name,
          lost: 0,
          doubled: 0,
          skipped: 0,
          disordered: 0,
        })
      }
    })

    it.for([
      ["reports an error", "stores/failing", /w0 failed: .*the store gave up/],
      ["ends by itself", "stores/leaving", /w0 ended by itself \(code 3\)/],
    ] as const)(
      "nothing, and says so, where a writer %s",
      { timeout: 60_000 },
      async ([, writer, message]) => {
        await expect(play({ writer }, { operations: [notes("w0.0", 1)] })).rejects.toThrow(message)
      },
    )
  })
}
