import { describe, expect, it } from "vitest"
import { planRound } from "../../src/sqlite/plan.ts"

describe("the plan of a round", () => {
  it("is the same for the same seed and round, and another for another", () => {
    expect(planRound(7, 3)).toEqual(planRound(7, 3))
    expect(planRound(7, 3)).not.toEqual(planRound(7, 4))
    expect(planRound(7, 3)).not.toEqual(planRound(8, 3))
  })

  it("holds, within a few rounds, every kind of work and every kind of fault", () => {
    const rounds = [1, 2, 3, 4, 5].map((round) => planRound(1, round))
    const writers = rounds.flatMap((round) => round.writers)
    const kinds = writers.flatMap(({ lanes }) => lanes.flat().map(({ kind }) => kind))
    const readers = rounds.flatMap((round) => round.readers)
    const faults = [...writers.flatMap((each) => each.faults), ...readers.flatMap((each) => each.faults)]
    expect(new Set(kinds)).toEqual(new Set(["note", "transfer", "count", "booking", "tally", "tally-before"]))
    expect(new Set(faults.map((fault) => fault.kind))).toEqual(
      new Set([
        "kill-at-start",
        "kill-after-answers",
        "kill-in-transaction",
        "kill-after-commit",
        "stop-in-transaction",
        "kill",
        "stop",
      ]),
    )
  })

  it("gives every event an id of its own, within a round and between rounds", () => {
    const ids = [planRound(1, 1), planRound(1, 2)]
      .flatMap((round) => round.writers.flatMap(({ lanes }) => lanes.flat()))
      .flatMap(({ appends }) => appends.flatMap(({ events }) => events.map(({ id }) => id)))
    expect(new Set(ids).size).toBe(ids.length)
  })
})
