import type { InstanceFault, RoundPlan, WavePlan } from "../../src/subscriptions/round-plan.ts"
import { operation } from "../stores/small-plan.ts"

/** Appends to stream `a`, two events in each step; the first is poison where that is said. */
export interface SmallWave {
  readonly steps: number
  readonly poison?: boolean
  readonly requeue?: WavePlan["requeue"]
  readonly fault?: Pick<InstanceFault, "kind" | "subscription">
}

/** A round with two instances, one of which is active; a fault strikes that one, at the first event that comes. */
export function smallPlan(waves: readonly SmallWave[]): RoundPlan {
  return {
    settings: {
      batches: false,
      instances: { steady: "one-active", parking: "one-active", rebuilt: "one-active" },
      pageSize: 10,
      checkpointEvents: 10,
      leaseTtlMs: 1_000,
    },
    instances: ["i0", "i1"],
    waves: waves.map(({ steps, poison = false, requeue = "nothing", fault }, wave) => {
      const lane = Array.from({ length: steps }, (_, step) => operation("note", `w${wave}.0.${step}`))
      const [first] = lane.flatMap(({ appends }) => appends.flatMap(({ events }) => events))
      return {
        lanes: [lane],
        held: undefined,
        poison: poison && first !== undefined ? [first.id] : [],
        requeue,
        rebuilds: false,
        fault: fault && { ...fault, instance: "holder", afterEvents: 0 },
      }
    }),
  }
}
