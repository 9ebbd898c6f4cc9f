import type { EventQuery } from "@annals/core"
import * as fc from "fast-check"

/** What to append, before it is known what is there: versions and positions are relative, ids come from a small pool. */
export interface AppendPlan {
  readonly kind: "append"
  readonly tenant: string
  readonly streams: readonly StreamPlan[]
  readonly condition: { readonly query: EventQuery; readonly back: number } | undefined
  /** Plainly, or in a unit of work that then commits or fails. */
  readonly how: "plain" | "commit" | "rollback"
}

export interface StreamPlan {
  readonly category: string
  readonly id: string
  readonly events: readonly EventPlan[]
  /** A number is relative to the version that the stream has. */
  readonly expected: "any" | "no-stream" | "stream-exists" | number
}

interface EventPlan {
  readonly type: string
  readonly tags: readonly string[]
  /** Which id of the pool; `undefined`: a fresh one. */
  readonly pooledId: number | undefined
}

/** An earlier append made again, as it was or changed. */
export interface AgainPlan {
  readonly kind: "again"
  readonly which: number
  readonly change: "none" | "expected" | "type" | "order" | "stream" | "longer"
}

export interface ReadPlan {
  readonly kind: "read"
  readonly tenant: string | undefined
  readonly filter: {
    readonly types?: readonly string[]
    readonly categories?: readonly string[]
    readonly tags?: readonly string[]
    readonly query?: EventQuery
  }
  readonly range: RangePlan
}

export interface ReadStreamPlan {
  readonly kind: "read-stream"
  readonly tenant: string
  readonly category: string
  readonly id: string
  readonly range: RangePlan
}

/** `after` and `until` count events of what is there; beyond its end they stand above it. */
export interface RangePlan {
  readonly direction: "forward" | "backward"
  readonly after: number | undefined
  readonly until: number | undefined
  readonly limit: number | undefined
  readonly pageSize: number
}

export type CommandPlan = AppendPlan | AgainPlan | ReadPlan | ReadStreamPlan

const tenants = ["", "red"] as const
const categories = ["x", "y"] as const
const ids = ["1", "2", "3"] as const
const types = ["t1", "t2", "t3"] as const
const tags = ["a", "b", "c"] as const

/** A value in `weight` of 10 cases, else nothing. */
const maybe = <Value>(value: fc.Arbitrary<Value>, weight = 5): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: 10 - weight, arbitrary: fc.constant(undefined) }, { weight, arbitrary: value })
const someOf = (values: readonly string[]) => fc.subarray([...values], { minLength: 1 })

const queries: fc.Arbitrary<EventQuery> = fc.array(
  fc.record({ types: someOf(types), tags: someOf(tags) }, { requiredKeys: [] }),
  { maxLength: 2 },
)

const eventPlans: fc.Arbitrary<EventPlan> = fc.record({
  type: fc.constantFrom(...types),
  tags: fc.subarray([...tags]),
  pooledId: maybe(fc.nat({ max: 9 }), 2),
})

const streamPlans: fc.Arbitrary<StreamPlan> = fc.record({
  category: fc.constantFrom(...categories),
  id: fc.constantFrom(...ids),
  events: fc.array(eventPlans, { minLength: 1, maxLength: 3 }),
  expected: fc.oneof(
    { weight: 3, arbitrary: fc.constant("any" as const) },
    { weight: 2, arbitrary: fc.constantFrom("no-stream" as const, "stream-exists" as const) },
    { weight: 3, arbitrary: fc.integer({ min: -1, max: 1 }) },
  ),
})

export const appendPlans: fc.Arbitrary<AppendPlan> = fc.record({
  kind: fc.constant("append"),
  tenant: fc.constantFrom(...tenants),
  streams: fc.uniqueArray(streamPlans, {
    minLength: 1,
    maxLength: 3,
    selector: ({ category, id }) => `${category}/${id}`,
  }),
  condition: maybe(fc.record({ query: queries, back: fc.nat({ max: 6 }) }), 4),
  how: fc.oneof(
    { weight: 4, arbitrary: fc.constant("plain" as const) },
    { weight: 1, arbitrary: fc.constantFrom("commit" as const, "rollback" as const) },
  ),
})

const ranges: fc.Arbitrary<RangePlan> = fc.record({
  direction: fc.constantFrom("forward", "backward"),
  after: maybe(fc.nat({ max: 12 })),
  until: maybe(fc.nat({ max: 12 })),
  limit: maybe(fc.nat({ max: 6 })),
  pageSize: fc.constantFrom(1, 2, 3, 1000),
})

export const filters: fc.Arbitrary<ReadPlan["filter"]> = fc.record(
  { types: someOf(types), categories: someOf(categories), tags: someOf(tags), query: queries },
  { requiredKeys: [] },
)

const againPlans: fc.Arbitrary<AgainPlan> = fc.record({
  kind: fc.constant("again"),
  which: fc.nat({ max: 20 }),
  change: fc.constantFrom("none", "none", "expected", "type", "order", "stream", "longer"),
})

const readPlans: fc.Arbitrary<ReadPlan> = fc.record({
  kind: fc.constant("read"),
  tenant: fc.constantFrom(undefined, ...tenants),
  filter: filters,
  range: ranges,
})

const readStreamPlans: fc.Arbitrary<ReadStreamPlan> = fc.record({
  kind: fc.constant("read-stream"),
  tenant: fc.constantFrom(...tenants),
  category: fc.constantFrom(...categories),
  id: fc.constantFrom(...ids),
  range: ranges,
})

export const commandPlans: fc.Arbitrary<CommandPlan> = fc.oneof(
  { weight: 5, arbitrary: appendPlans },
  { weight: 2, arbitrary: againPlans },
  { weight: 2, arbitrary: readPlans },
  { weight: 1, arbitrary: readStreamPlans },
)
