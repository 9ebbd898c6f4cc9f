import { createRandom, type Random } from "../harness/random.ts"
import type { Operation } from "../stores/operation.ts"
import { planHeldOperation, planOperation } from "../stores/plan-operation.ts"
import {
  type InstanceFault,
  type InstanceFaultKind,
  type ProjectionSettings,
  type RoundPlan,
  subscriptionNames,
  type WavePlan,
} from "./round-plan.ts"

export const instanceNames = ["i0", "i1", "i2"] as const

const lanes = 3
const operationsPerLane = 6
const poisonPerWave = 3

/** Short, so that not much time goes by until a stopped instance's leases are over. */
const leaseTtlMs = 1_500

const kills: readonly InstanceFaultKind[] = ["kill-after-events", "kill-in-transaction", "kill-at-commit"]
const stops: readonly InstanceFaultKind[] = ["stop-after-events", "stop-before-writes", "stop-in-transaction"]

/** The plan of a round: the same for the same seed and round. Five times an instance is killed or stopped; once one leaves. */
export function planRound(seed: number, round: number): RoundPlan {
  const random = createRandom("subscriptions", seed, round)
  const struck = Array.from({ length: 5 }, () => random.pick(random.chance(50) ? kills : stops))
  const faults = random.sample<InstanceFaultKind>([...struck, "leave"], struck.length + 1)
  return {
    settings: planSettings(random),
    instances: instanceNames,
    waves: faults.map((kind, wave) => planWave(random, `${seed}/${round}`, wave, kind)),
  }
}

function planSettings(random: Random): ProjectionSettings {
  return {
    batches: random.chance(40),
    instances: {
      steady: random.chance(75) ? "shared" : "one-active",
      parking: random.chance(75) ? "shared" : "one-active",
      rebuilt: random.chance(75) ? "shared" : "one-active",
    },
    pageSize: random.pick([3, 10, 100]),
    checkpointEvents: random.pick([1, 5, 50]),
    leaseTtlMs,
  }
}

function planWave(random: Random, round: string, wave: number, kind: InstanceFaultKind): WavePlan {
  const planned = Array.from({ length: lanes }, (_, lane) =>
    Array.from({ length: operationsPerLane }, (_, step) =>
      planOperation(random, round, `w${wave}.${lane}.${step}`),
    ),
  )
  const events = planned.flat().reduce((sum, operation) => sum + certainEvents(operation), 0)
  return {
    lanes: planned,
    held: random.chance(50) ? planHeldOperation(random, round, `w${wave}.held.0`) : undefined,
    poison: planPoison(random, planned.flat()),
    requeue: random.pick(["nothing", "as-it-is", "repaired"]),
    rebuilds: random.chance(40),
    fault: planFault(random, kind, Math.max(1, events)),
  }
}

function planFault(random: Random, kind: InstanceFaultKind, events: number): InstanceFault {
  return {
    kind,
    instance: random.pick([...instanceNames, "holder"]),
    subscription: random.pick(subscriptionNames),
    afterEvents: random.between(1, events),
  }
}

/** A booking may be refused. */
function certainEvents({ kind, appends }: Operation): number {
  return kind === "booking" ? 0 : appends.reduce((sum, { events }) => sum + events.length, 0)
}

function planPoison(random: Random, operations: readonly Operation[]): string[] {
  const ids = operations.flatMap(({ appends }) => appends.flatMap(({ events }) => events.map(({ id }) => id)))
  return random.sample(ids, random.between(1, poisonPerWave))
}
