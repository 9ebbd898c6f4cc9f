import type { Random } from "../harness/random.ts"
import type { Operation, ReaderFilter } from "./operation.ts"
import { planOperation } from "./plan-operation.ts"
import {
  matchesFilter,
  type ReaderFault,
  type ReaderPlan,
  type WriterFault,
  type WriterPlan,
} from "./round-plan.ts"

/** How big a writer's part of a round is. */
export interface WriterSize {
  readonly lanes: number
  readonly operationsPerLane: number
}

/** The work of a writer, without faults. `round` is part of every event's id. */
export function planWriter(
  random: Random,
  round: string,
  name: string,
  { lanes, operationsPerLane }: WriterSize,
): WriterPlan {
  const work = count(lanes).map((lane) =>
    count(operationsPerLane).map((step) => planOperation(random, round, `${name}.${lane}.${step}`)),
  )
  return { name, lanes: work, faults: [] }
}

/** What every store's writers suffer: their processes are killed, so often after answers, and in one operation each at the moments that matter. */
export function planKills(
  random: Random,
  operations: readonly Operation[],
  { afterAnswers, killed, committed }: { afterAnswers: number; killed: Operation; committed: Operation },
): WriterFault[] {
  const kills = count(afterAnswers).map(() => ({
    kind: "kill-after-answers" as const,
    answers: random.between(1, operations.length),
    abandons: random.chance(30),
  }))
  return [
    ...(random.chance(30) ? [{ kind: "kill-at-start" } as const] : []),
    ...kills,
    { kind: "kill-in-transaction", operation: killed.name, abandons: random.chance(30) },
    { kind: "kill-after-commit", operation: committed.name, abandons: random.chance(30) },
  ]
}

/** One reader for each filter: everything, some of it, and a category. */
export function planReaders(random: Random, writers: readonly WriterPlan[]): ReaderPlan[] {
  const operations = writers.flatMap(({ lanes }) => lanes.flat())
  return readerFilters.map((filter, index) => ({
    name: `r${index}`,
    pageSize: random.pick([1, 3, 10, 100]),
    filter,
    faults: planReaderFaults(random, certainEvents(operations, filter)),
  }))
}

const readerFilters: readonly ReaderFilter[] = [
  {},
  { types: ["noted", "counted"], tags: ["even"] },
  { categories: ["account"] },
]

function planReaderFaults(random: Random, events: number): ReaderFault[] {
  if (events === 0) return []
  return (["kill", "kill", "stop"] as const).map((kind) => ({ kind, afterEvents: random.between(1, events) }))
}

/** How many events a reader sees at least. A booking may be refused, and who abandons an operation may never have done it. */
function certainEvents(operations: readonly Operation[], filter: ReaderFilter): number {
  const matching = operations
    .filter(({ kind }) => kind !== "booking")
    .flatMap(({ appends }) =>
      appends.flatMap(({ stream, events }) => events.map((event) => ({ stream, ...event }))),
    )
    .filter((event) => matchesFilter(filter, event.stream.category, event.type, event.tags))
  return Math.floor(matching.length / 2)
}

function count(items: number): number[] {
  return Array.from({ length: items }, (_, index) => index)
}
