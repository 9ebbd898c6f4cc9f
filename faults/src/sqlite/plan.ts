import { createRandom, type Random } from "../harness/random.ts"
import type { Operation } from "../stores/operation.ts"
import { planKills, planReaders, planWriter } from "../stores/plan-round.ts"
import type { RoundPlan, WriterFault } from "../stores/round-plan.ts"

const size = { lanes: 3, operationsPerLane: 14 }

/** The plan of a round: the same for the same seed and round. */
export function planRound(seed: number, round: number): RoundPlan {
  const random = createRandom("sqlite", seed, round)
  const writers = ["w0", "w1", "w2"].map((name) => {
    const writer = planWriter(random, `${seed}/${round}`, name, size)
    return { ...writer, faults: planWriterFaults(random, writer.lanes.flat()) }
  })
  return { writers, readers: planReaders(random, writers), siteFaults: [] }
}

function planWriterFaults(random: Random, operations: readonly Operation[]): WriterFault[] {
  const [killed, committed, stopped] = random.sample(operations, 3) as [Operation, Operation, Operation]
  return [
    ...planKills(random, operations, { afterAnswers: 2, killed, committed }),
    ...(random.chance(50)
      ? [{ kind: "stop-in-transaction", operation: stopped.name, abandons: false } as const]
      : []),
  ]
}
