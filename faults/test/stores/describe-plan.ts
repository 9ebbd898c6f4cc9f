import { describe, expect, it } from "vitest"
import type { RoundPlan } from "../../src/stores/round-plan.ts"

const everywhere = [
  "kill-at-start",
  "kill-after-answers",
  "kill-in-transaction",
  "kill-after-commit",
  "stop-in-transaction",
  "kill",
  "stop",
]

/** What holds of every suite's plans. `more`: kinds of faults that only this one injects. */
export function describePlan(
  planRound: (seed: number, round: number) => RoundPlan,
  more: readonly string[] = [],
): void {
  describe("the plan of a round", () => {
    it("is the same for the same seed and round, and another for another", () => {
      expect(planRound(7, 3)).toEqual(planRound(7, 3))
      expect(planRound(7, 3)).not.toEqual(planRound(7, 4))
      expect(planRound(7, 3)).not.toEqual(planRound(8, 3))
    })

    it("holds, within a few rounds, every kind of work and every kind of fault", () => {
      const rounds = [1, 2, 3, 4, 5].map((round) => planRound(1, round))
      const work = rounds.flatMap(({ writers }) => writers.flatMap(({ lanes }) => lanes.flat()))
      expect(new Set(work.map(({ kind }) => kind))).toEqual(
        new Set(["note", "transfer", "count", "booking", "tally", "tally-before"]),
      )
      const faults = rounds.flatMap(({ writers, readers, siteFaults }) => [
        ...[...writers, ...readers].flatMap((each) => each.faults.map(({ kind }) => kind)),
        ...siteFaults.map(({ kind }) => kind),
      ])
      expect(new Set(faults)).toEqual(new Set([...everywhere, ...more]))
    })

    it("gives every event an id of its own, within a round and between rounds", () => {
      const ids = [planRound(1, 1), planRound(1, 2)]
        .flatMap(({ writers }) => writers.flatMap(({ lanes }) => lanes.flat()))
        .flatMap(({ appends }) => appends.flatMap(({ events }) => events.map(({ id }) => id)))
      expect(new Set(ids).size).toBe(ids.length)
    })

    it("lets each fault strike another operation, and one that is there", () => {
      for (let round = 1; round <= 50; round++) {
        for (const { lanes, faults } of planRound(2, round).writers) {
          const names = faults.flatMap((fault) => ("operation" in fault ? [fault.operation] : []))
          expect(new Set(names).size).toBe(names.length)
          expect(lanes.flat().map(({ name }) => name)).toEqual(expect.arrayContaining(names))
        }
      }
    })
  })
}
