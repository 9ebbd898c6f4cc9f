import { describe, expect, it } from "vitest"
import { instanceNames, planRound } from "../../src/subscriptions/plan.ts"
import { instanceFaultKinds } from "../../src/subscriptions/round-plan.ts"

describe("the plan of a round", () => {
  it("is the same for the same seed and round, and another for another", () => {
    expect(planRound(7, 3)).toEqual(planRound(7, 3))
    expect(planRound(7, 3)).not.toEqual(planRound(7, 4))
    expect(planRound(7, 3)).not.toEqual(planRound(8, 3))
  })

  it("kills or stops an instance fifty times in ten rounds", () => {
    const faults = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((round) => planRound(1, round).waves)
    expect(faults.filter(({ fault }) => fault?.kind !== "leave")).toHaveLength(50)
  })

  it("holds, within some rounds, every kind of fault, each instance, and every way to run", () => {
    const rounds = [1, 2, 3, 4, 5, 6, 7, 8].map((round) => planRound(1, round))
    const waves = rounds.flatMap((round) => round.waves)
    expect(new Set(waves.map(({ fault }) => fault?.kind))).toEqual(new Set(instanceFaultKinds))
    expect(new Set(waves.map(({ fault }) => fault?.instance))).toEqual(new Set([...instanceNames, "holder"]))
    expect(new Set(waves.map(({ requeue }) => requeue))).toEqual(new Set(["nothing", "as-it-is", "repaired"]))
    expect(new Set(waves.map(({ rebuilds }) => rebuilds))).toEqual(new Set([true, false]))
    expect(new Set(waves.map(({ held }) => held !== undefined))).toEqual(new Set([true, false]))
    const settings = rounds.map((round) => round.settings)
    expect(new Set(settings.map(({ batches }) => batches))).toEqual(new Set([true, false]))
    for (const name of ["steady", "parking", "rebuilt"] as const) {
      expect(new Set(settings.map(({ instances }) => instances[name]))).toEqual(
        new Set(["shared", "one-active"]),
      )
    }
  })

  it("gives every event an id of its own, and breaks some of them", () => {
    const { waves } = planRound(1, 1)
    const operations = waves.flatMap(({ lanes, held }) => [...lanes.flat(), ...(held ? [held] : [])])
    const ids = operations.flatMap(({ appends }) =>
      appends.flatMap(({ events }) => events.map(({ id }) => id)),
    )
    expect(new Set(ids).size).toBe(ids.length)
    for (const { poison, lanes } of waves) {
      const own = lanes
        .flat()
        .flatMap(({ appends }) => appends.flatMap(({ events }) => events.map(({ id }) => id)))
      expect(poison.length).toBeGreaterThan(0)
      expect(own).toEqual(expect.arrayContaining([...poison]))
    }
  })
})
