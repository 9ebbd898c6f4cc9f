import { fileURLToPath } from "node:url"
import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import type { FindingKind } from "../../src/check/findings.ts"
import type { RoundResult } from "../../src/check/run-rounds.ts"
import { FaultRunError } from "../../src/harness/fault-run-error.ts"
import { playOn } from "../../src/subscriptions/subscriptions-suite.ts"
import { useServer } from "../postgres/test-server.ts"
import { type SmallWave, smallPlan } from "./small-plan.ts"

type BrokenInstance = readonly [
  name: string,
  fixture: string,
  waves: readonly SmallWave[],
  count: FindingKind,
]

/** What is broken, what shows it, and by which count. */
const broken: readonly BrokenInstance[] = [
  [
    "an instance that writes outside of the checkpoint's transaction",
    "bystanding",
    [{ steps: 2, fault: { kind: "kill-in-transaction", subscription: "steady" } }],
    "doubled",
  ],
  [
    "an instance that sets its checkpoint without looking, when it comes back after its lease",
    "blind",
    [{ steps: 2, fault: { kind: "stop-before-writes", subscription: "steady" } }, { steps: 2 }],
    "doubled",
  ],
  [
    "an instance that replays what was parked, when it comes back after its lease",
    "unfenced",
    [
      { steps: 2, poison: true },
      { steps: 0, requeue: "repaired", fault: { kind: "stop-before-writes", subscription: "parking" } },
    ],
    "doubled",
  ],
  ["an instance that turns events round", "turning", [{ steps: 2 }], "disordered"],
  ["an instance that steps over what it can't handle", "forgiving", [{ steps: 2, poison: true }], "skipped"],
  [
    "an instance that doesn't let events wait behind those that another one has parked",
    "impatient",
    [
      { steps: 2, poison: true },
      { steps: 0, fault: { kind: "kill-after-events", subscription: "parking" } },
      { steps: 2 },
      // Whoever takes over now learns of it.
      { steps: 0, requeue: "repaired", fault: { kind: "kill-after-events", subscription: "parking" } },
    ],
    "disordered",
  ],
]

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

/** A checkpoint that was set back behind its owner's back, when nothing comes any more that would make it look, keeps a round from ending: found out, too. */
function isStuck(error: unknown): boolean {
  if (error instanceof FaultRunError && error.message.includes("didn't end")) return true
  throw error
}

usingService("postgres", () => {
  const server = useServer()
  let rounds = 0

  function play(fixture: string | undefined, waves: readonly SmallWave[]): Promise<RoundResult> {
    const instance = [
      file(fixture ? `fixtures/${fixture}-instance.ts` : "../../src/subscriptions/instance.ts"),
    ] as const
    return playOn(server().url, `round_${++rounds}`, smallPlan(waves), { instance, timeoutMs: 60_000 })
  }

  describe("a run finds out", () => {
    it.for(broken)("%s", { timeout: 120_000 }, async ([, fixture, waves, count]) => {
      const found = await play(fixture, waves).then(({ findings }) => findings.counts[count] > 0, isStuck)
      expect(found).toBe(true)
    })

    it("nothing in the same plans where nothing is broken", { timeout: 240_000 }, async () => {
      for (const [name, , waves] of broken) {
        const { findings } = await play(undefined, waves)
        expect({ name, lines: findings.lines }).toEqual({ name, lines: [] })
      }
    })

    it.for([
      ["has a subscription that fails", "failing", /i\d failed: .*the handler gave up/s],
      ["ends by itself", "leaving", /i\d ended by itself \(code 3\)/],
    ] as const)(
      "nothing, and says so, where an instance %s",
      { timeout: 120_000 },
      async ([, fixture, message]) => {
        await expect(play(fixture, [{ steps: 1 }])).rejects.toThrow(message)
      },
    )
  })
})
