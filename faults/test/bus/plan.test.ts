import { describe, expect, it } from "vitest"
import { consumerNames, consumers, groupNames, retry } from "../../src/bus/groups.ts"
import { planRound } from "../../src/bus/plan.ts"
import { consumerKills, consumerStops, eventsOf, publisherNames } from "../../src/bus/round-plan.ts"

const tenRounds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((round) => planRound(1, round))

describe("the plan of a round on a bus", () => {
  it("is the same for the same seed and round, and another for another", () => {
    expect(planRound(7, 3)).toEqual(planRound(7, 3))
    expect(planRound(7, 3)).not.toEqual(planRound(7, 4))
    expect(planRound(7, 3)).not.toEqual(planRound(8, 3))
  })

  it("kills the broker, a consumer and a publisher once, stops a consumer, and has one leave", () => {
    for (const { waves } of tenRounds) {
      const kinds = waves.flatMap(({ faults }) => faults.map(({ kind }) => kind))
      const count = (some: readonly string[]) => kinds.filter((kind) => some.includes(kind)).length
      expect(count(["kill-broker"])).toBe(1)
      expect(count(["kill-publisher"])).toBe(1)
      expect(count(consumerKills)).toBe(1)
      expect(count(consumerStops)).toBe(1)
      expect(count(["leave"])).toBe(1)
    }
  })

  it("holds, within some rounds, every kind of fault, each process, and the broker's death in the middle of others", () => {
    const waves = Array.from({ length: 40 }, (_, round) => planRound(1, round)).flatMap((plan) => plan.waves)
    const faults = waves.flatMap((wave) => wave.faults)
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(
      new Set(["kill-broker", "kill-publisher", ...consumerKills, ...consumerStops, "leave"]),
    )
    expect(new Set(faults.flatMap((fault) => ("consumer" in fault ? fault.consumer : [])))).toEqual(
      new Set(consumerNames),
    )
    expect(new Set(faults.flatMap((fault) => ("publisher" in fault ? fault.publisher : [])))).toEqual(
      new Set(publisherNames),
    )
    expect(new Set(waves.map((wave) => wave.replay))).toEqual(new Set(["nothing", "as-it-is", "repaired"]))
    expect(waves.some((wave) => wave.faults.length === 2)).toBe(true)
  })

  it("strikes a consumer in a group of its own", () => {
    for (const { faults } of tenRounds.flatMap(({ waves }) => waves)) {
      for (const fault of faults) {
        if ("consumer" in fault) expect(consumers[fault.consumer]).toContain(fault.group)
      }
    }
  })

  it("gives every event an id, and each stream's events to one lane, in the order of their versions", () => {
    const events = eventsOf(planRound(1, 1))
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    for (const same of Map.groupBy(events, ({ stream }) => stream).values()) {
      expect(same.map(({ version }) => version)).toEqual(same.map((_, index) => index + 1))
    }
  })

  it("has events that fail, fewer times than they are tried, and some that no group can take", () => {
    const plan = planRound(1, 1)
    const failures = eventsOf(plan).flatMap((event) => Object.values(event.failures))
    expect(failures.length).toBeGreaterThan(0)
    expect(Math.max(...failures)).toBeLessThan(retry.attempts)
    const poison = plan.waves.flatMap((wave) => wave.poison)
    expect(new Set(poison.map(({ group }) => group))).toEqual(new Set(groupNames))
  })
})
