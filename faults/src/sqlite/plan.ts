import { createRandom, type Random } from "../harness/random.ts"
import type { Moment, Operation, ReaderFilter } from "./operation.ts"
import { planOperation } from "./plan-operation.ts"

/** Everything that one round does and suffers, as its seed decides. Faults strike at points in the work, never at times. */
export interface RoundPlan {
  readonly writers: readonly WriterPlan[]
  readonly readers: readonly ReaderPlan[]
}

export interface WriterPlan {
  readonly name: string
  /** Lanes run at the same time in one process, each a step at a time, so that appends share commits. */
  readonly lanes: readonly (readonly Operation[])[]
  readonly faults: readonly WriterFault[]
}

/**
 * - `kill-at-start`: when it is about to open the file, maybe the first of all
 * - `kill-after-answers`: when so many of its operations are settled, in the middle of whatever comes next
 * - `kill-in-transaction`: while the operation's transaction is open, with everything written and nothing committed
 * - `kill-after-commit`: when the operation is committed, and nobody knows
 * - `stop-in-transaction`: frozen with the lock in its hand until everybody else is waiting for it
 *
 * A writer that is killed is started again, and begins with what it has no answer for. One that `abandons` never asks about it again.
 */
export type WriterFault =
  | { readonly kind: "kill-at-start" }
  | { readonly kind: "kill-after-answers"; readonly answers: number; readonly abandons: boolean }
  | { readonly kind: PausingFaultKind; readonly operation: string; readonly abandons: boolean }

export type PausingFaultKind = "kill-in-transaction" | "kill-after-commit" | "stop-in-transaction"

/** Where the operation of a fault has to wait for it. */
export const momentOf: Readonly<Record<PausingFaultKind, Moment>> = {
  "kill-in-transaction": "in-transaction",
  "kill-after-commit": "after-commit",
  "stop-in-transaction": "in-transaction",
}

export interface ReaderPlan {
  readonly name: string
  readonly pageSize: number
  readonly filter: ReaderFilter
  readonly faults: readonly ReaderFault[]
}

/** When it has seen so many events. One that is stopped goes on when others have written meanwhile. */
export interface ReaderFault {
  readonly kind: "kill" | "stop"
  readonly afterEvents: number
}

/** How big a round is. */
interface RoundSize {
  readonly writers: number
  readonly lanes: number
  readonly operationsPerLane: number
}

const size: RoundSize = { writers: 3, lanes: 3, operationsPerLane: 14 }

/** The plan of a round: the same for the same seed and round. */
export function planRound(
  seed: number,
  round: number,
  { writers, lanes, operationsPerLane } = size,
): RoundPlan {
  const random = createRandom("sqlite", seed, round)
  const planned = count(writers).map((writer) => {
    const name = `w${writer}`
    const work = count(lanes).map((lane) =>
      count(operationsPerLane).map((step) =>
        planOperation(random, `${seed}/${round}`, `${name}.${lane}.${step}`),
      ),
    )
    return { name, lanes: work, faults: planWriterFaults(random, work.flat()) }
  })
  const operations = planned.flatMap((writer) => writer.lanes.flat())
  const readers = readerFilters.map((filter, index) => ({
    name: `r${index}`,
    pageSize: random.pick([1, 3, 10, 100]),
    filter,
    faults: planReaderFaults(random, certainEvents(operations, filter)),
  }))
  return { writers: planned, readers }
}

const readerFilters: readonly ReaderFilter[] = [
  {},
  { types: ["noted", "counted"] },
  { categories: ["account"], tags: ["even"] },
]

function count(items: number): number[] {
  return Array.from({ length: items }, (_, index) => index)
}

function planWriterFaults(random: Random, operations: readonly Operation[]): WriterFault[] {
  const answers = () => random.between(1, operations.length)
  const [killed, committed, stopped] = random.sample(operations, 3).map(({ name }) => name) as [
    string,
    string,
    string,
  ]
  return [
    ...(random.chance(30) ? [{ kind: "kill-at-start" } as const] : []),
    { kind: "kill-after-answers", answers: answers(), abandons: false },
    { kind: "kill-after-answers", answers: answers(), abandons: random.chance(50) },
    { kind: "kill-in-transaction", operation: killed, abandons: random.chance(30) },
    { kind: "kill-after-commit", operation: committed, abandons: random.chance(30) },
    ...(random.chance(50)
      ? [{ kind: "stop-in-transaction", operation: stopped, abandons: false } as const]
      : []),
  ]
}

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

export function matchesFilter(
  filter: ReaderFilter,
  category: string,
  type: string,
  tags: readonly string[],
): boolean {
  return (
    (filter.categories?.includes(category) ?? true) &&
    (filter.types?.includes(type) ?? true) &&
    (filter.tags?.every((tag) => tags.includes(tag)) ?? true)
  )
}
