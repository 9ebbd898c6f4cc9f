import { createRandom, type Random } from "../harness/random.ts"
import type { Operation } from "../stores/operation.ts"
import { planHeldOperation, planRival } from "../stores/plan-operation.ts"
import { planKills, planReaders, planWriter } from "../stores/plan-round.ts"
import type { RoundPlan, WriterFault, WriterPlan } from "../stores/round-plan.ts"

const size = { lanes: 3, operationsPerLane: 10 }

/** The plan of a round: the same for the same seed and round. */
export function planRound(seed: number, round: number): RoundPlan {
  const random = createRandom("postgres", seed, round)
  const id = `${seed}/${round}`
  const { holder, held } = planHolder(random, id, "w2")
  const busy = planWriter(random, id, "w1", size)
  const rival = held.kind === "booking" ? meetHeldBooking(busy, id, held) : busy
  const writers = [
    ...[planWriter(random, id, "w0", size), rival].map((writer) => ({
      ...writer,
      faults: planFaults(random, writer.lanes.flat()),
    })),
    holder,
  ]
  const operations = writers.flatMap(({ lanes }) => lanes.flat()).length
  return {
    writers,
    readers: planReaders(random, writers),
    siteFaults: [{ kind: "kill-server", answers: random.between(1, operations) }],
  }
}

/** Begins, while it is held, with a booking of the same seat. */
function meetHeldBooking(writer: WriterPlan, round: string, held: Operation): WriterPlan {
  const [first = [], ...others] = writer.lanes
  const rival = planRival(round, `${writer.name}.0.0`)
  return { ...writer, lanes: [first.with(0, rival), ...others], startsAtStopOf: held.name }
}

function planFaults(random: Random, operations: readonly Operation[]): WriterFault[] {
  // A booking may be refused: then there is nothing to commit.
  const certain = operations.filter(({ kind }) => kind !== "booking")
  const [killed, committed, terminated, unheard, striking, ...rest] = random.sample(
    certain,
    certain.length,
  ) as [Operation, Operation, Operation, Operation, Operation, ...Operation[]]
  const plain = rest.filter(({ kind }) => kind === "note" || kind === "transfer")
  return [
    ...planKills(random, operations, { afterAnswers: 1, killed, committed }),
    { kind: "terminate-after-answers", answers: random.between(1, operations.length), abandons: false },
    { kind: "terminate-in-transaction", operation: terminated.name, abandons: false },
    { kind: "terminate-at-commit", operation: unheard.name, abandons: false },
    ...(random.chance(50)
      ? [
          {
            kind: random.pick(["kill-server-in-transaction", "kill-server-at-commit"] as const),
            operation: striking.name,
            abandons: false,
          },
        ]
      : []),
    ...plain
      .slice(0, random.between(0, 3))
      .map(({ name }) => ({ kind: "lose-answer", operation: name }) as const),
  ]
}

/** One lane only, so that nothing else of it stands in the others' way while it is stopped. */
function planHolder(random: Random, round: string, name: string): { holder: WriterPlan; held: Operation } {
  const writer = planWriter(random, round, name, { ...size, lanes: 1 })
  const [operations = []] = writer.lanes
  const step = random.between(0, 3)
  const held = planHeldOperation(random, round, `${name}.0.${step}`)
  const [committed] = random.sample(operations.slice(4), 1) as [Operation]
  const holder: WriterPlan = {
    ...writer,
    lanes: [operations.with(step, held)],
    faults: [
      { kind: "kill-after-commit", operation: committed.name, abandons: false },
      { kind: "stop-in-transaction", operation: held.name, abandons: false },
    ],
  }
  return { holder, held }
}
