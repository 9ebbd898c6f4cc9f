import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { type FaultResult, isClean } from "../../src/harness/fault-suite.ts"
import { WorkFolder } from "../../src/harness/work-folder.ts"
import type { Operation } from "../../src/sqlite/operation.ts"
import { createSqliteSuite } from "../../src/sqlite/sqlite-suite.ts"
import { operation, type SmallPlan, smallPlan } from "./small-plan.ts"

interface Processes {
  readonly writer?: string
  readonly reader?: string
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

/** Plays one round, with the broken process of a fixture where one is named. */
async function play({ writer, reader }: Processes, plan: SmallPlan): Promise<FaultResult> {
  using folder = new WorkFolder()
  const suite = createSqliteSuite(
    {
      writer: file(writer === undefined ? "../../src/sqlite/writer.ts" : `fixtures/${writer}-writer.ts`),
      reader: file(reader === undefined ? "../../src/sqlite/reader.ts" : `fixtures/${reader}-reader.ts`),
    },
    () => smallPlan(plan),
  )
  return (await suite.run({ seed: 1, rounds: 1, folder: folder.path })).result
}

function notes(writer: string, count: number): Operation[] {
  return Array.from({ length: count }, (_, step) => operation("note", `${writer}.0.${step}`))
}

const kill = "kill-in-transaction"
const killAfterCommit = "kill-after-commit"

/** What is broken, what shows it, and by which count. */
const broken: readonly [name: string, Processes, SmallPlan, keyof FaultResult][] = [
  [
    "a writer that acknowledges before it commits",
    { writer: "early" },
    { operations: [notes("w0", 3)], faults: [{ kind: kill, operation: "w0.0.1", abandons: false }] },
    "lost",
  ],
  [
    "a writer that tries again with new ids",
    { writer: "new-ids" },
    {
      operations: [notes("w0", 3)],
      faults: [{ kind: killAfterCommit, operation: "w0.0.1", abandons: false }],
    },
    "doubled",
  ],
  [
    "a writer that appends to several streams one after the other",
    { writer: "splitting" },
    {
      operations: [[operation("transfer", "w0.0.0", ["a", "b"])]],
      faults: [{ kind: kill, operation: "w0.0.0", abandons: true }],
    },
    "lost",
  ],
  [
    "a writer whose bookkeeping isn't in the transaction of its append",
    { writer: "bystanding" },
    {
      operations: [[operation("tally", "w0.0.0")]],
      faults: [{ kind: kill, operation: "w0.0.0", abandons: false }],
    },
    "lost",
  ],
  [
    "a writer that doesn't look at the condition",
    { writer: "careless" },
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
    { reader: "from-the-end" },
    { operations: [notes("w0", 20)], readerFaults: [{ kind: "kill", afterEvents: 1 }] },
    "skipped",
  ],
  [
    "a reader whose checkpoint passes what it hasn't seen",
    { reader: "leaping" },
    { operations: [notes("w0", 20)] },
    "skipped",
  ],
  [
    "a reader that forgets its checkpoint",
    { reader: "forgetful" },
    { operations: [notes("w0", 3)], readerFaults: [{ kind: "kill", afterEvents: 1 }] },
    "doubled",
  ],
  [
    "a reader that turns pages round",
    { reader: "unordered" },
    { operations: [notes("w0", 3)] },
    "disordered",
  ],
]

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
    ["reports an error", "failing", /w0 failed: .*the store gave up/],
    ["ends by itself", "leaving", /w0 ended by itself \(code 3\)/],
  ] as const)("nothing, and says so, where a writer %s", { timeout: 60_000 }, async ([, writer, message]) => {
    await expect(play({ writer }, { operations: [notes("w0", 1)] })).rejects.toThrow(message)
  })
})
