import { aggregateOf, defineCategory, defineDecider, defineEvent, handles, raise, type } from "@annals/core"
import {
  cancel,
  defineProcessManager,
  execute,
  type SubscriptionDefinition,
  schedule,
} from "../../src/index.ts"

const placed = defineEvent("placed", type<{ orderId: string }>())
const paid = defineEvent("paid", type<{ order: string; cents: number }>())
const started = defineEvent("started", type<{ at: number }>())
const ended = defineEvent("ended", type<{ why: string }>())
const overdue = defineEvent("overdue", type<{ cents: number }>())
const foreign = defineEvent("foreign", type<{ x: number }>())

const counter = defineDecider("counter", {
  events: [started],
  initial: () => 0,
  evolve: { started: (count) => count + 1 },
  decide: {
    add: (_count, { by }: { by: number }) => started({ at: by }),
    reset: () => [],
  },
})

class Tally extends aggregateOf(defineCategory("tally", [started])) {
  static {
    handles(Tally, "started", () => {})
  }
  add({ by }: { by: number }) {
    raise(this, started({ at: by }))
  }
}

const manager = defineProcessManager("typed", {
  listensTo: [placed, paid],
  correlate: {
    placed: ({ data }) => data.orderId,
    paid: ({ data }) => (data.cents > 0 ? data.order : undefined),
  },
  events: [started, ended],
  deadlines: [overdue],
  initial: () => ({ begun: false }),
  evolve: {
    started: (_state, { data }) => ({ begun: (data.at satisfies number) > 0 }),
    ended: (state) => state,
  },
  on: {
    placed: (state, { data, occurredAt }, { now, id, version }) => {
      state.begun satisfies boolean
      data.orderId satisfies string
      ;[now, version] satisfies number[]
      id satisfies string
      return [
        started({ at: now }),
        execute(counter, "a", "add", { by: 1 }),
        execute(counter, "a", "reset"),
        execute(Tally, "a", "add", { by: 1 }),
        schedule(occurredAt + 1, overdue({ cents: 1 })),
        cancel(overdue, { id: "other" }),
      ]
    },
    paid: () => ended({ why: "paid" }),
    overdue: (_state, { data }) => {
      data.cents satisfies number
    },
  },
  onRefused: (state, { reason }) => {
    state.begun satisfies boolean
    return ended({ why: reason })
  },
  endedBy: ["ended"],
})

manager satisfies SubscriptionDefinition
manager.category.stream("1")
manager.initial().begun satisfies boolean
manager.name satisfies "typed"

const parts = {
  listensTo: [placed],
  events: [started],
  deadlines: [overdue],
  correlate: ({ data }: { data: { orderId: string } }) => data.orderId,
  initial: () => 0,
} as const
const evolve = { started: (count: number) => count + 1 }

defineProcessManager("one answer for all types, and no deadlines", {
  listensTo: [placed],
  correlate: ({ data }) => data.orderId,
  events: [started],
  initial: () => 0,
  evolve: { started: (count) => count + 1 },
  on: { placed: () => [started({ at: 1 })] },
})

// @ts-expect-error: nothing for a deadline
defineProcessManager("forgotten", { ...parts, evolve, on: { placed: () => [] } })

defineProcessManager("foreign event", {
  ...parts,
  evolve,
  on: {
    overdue: () => [],
    // @ts-expect-error: not an event of its own
    placed: () => [foreign({ x: 1 })],
  },
})

defineProcessManager("foreign deadline", {
  ...parts,
  evolve,
  on: {
    overdue: () => [],
    // @ts-expect-error: not a deadline of its own
    placed: () => [schedule(1, foreign({ x: 1 }))],
  },
})

defineProcessManager("foreign cancellation", {
  ...parts,
  evolve,
  on: {
    overdue: () => [],
    // @ts-expect-error: not a deadline of its own
    placed: () => cancel(foreign),
  },
})

defineProcessManager("foreign handlers", {
  ...parts,
  evolve: {
    ...evolve,
    // @ts-expect-error: not an event of its own
    foreign: (count: number) => count,
  },
  on: {
    placed: () => [],
    overdue: () => [],
    // @ts-expect-error: not listened to
    foreign: () => [],
  },
})

interface Light {
  readonly status: "red" | "green"
}
defineProcessManager("words", {
  listensTo: [placed],
  correlate: ({ data }) => data.orderId,
  events: [started, ended],
  initial: (): Light => ({ status: "red" }),
  // Without parameters they return the words of the state as well.
  evolve: { started: () => ({ status: "green" }), ended: (state) => ({ ...state, status: "red" }) },
  on: { placed: () => started({ at: 1 }) },
})

manager.deadlines satisfies readonly "overdue"[]
manager.decideOnRefusal(
  { begun: true },
  { ...execute(counter, "a", "add", { by: 1 }), reason: "full" },
) satisfies readonly unknown[] | undefined
manager.decideOnRefusal({ begun: true }, { command: "add", reason: "full" }, { id: "a" })
// @ts-expect-error: a reason is missing
manager.decideOnRefusal({ begun: true }, { command: "add" })

// Each of these stands on the line of what is wrong.
execute(
  counter,
  "a",
  // @ts-expect-error: not a command of a counter
  "subtract",
  { by: 1 },
)
execute(
  counter,
  "a",
  // @ts-expect-error: not a command of a counter
  "subtract",
)
execute(
  counter,
  "a",
  "add",
  // @ts-expect-error: not the payload of that command
  { by: "1" },
)
// @ts-expect-error: a payload is missing
execute(counter, "a", "add")
execute(
  counter,
  "a",
  "reset",
  // @ts-expect-error: this one has no payload
  { by: 1 },
)
execute(
  Tally,
  "a",
  // @ts-expect-error: not a command of a tally
  "subtract",
  { by: 1 },
)
execute(
  Tally,
  "a",
  "add",
  // @ts-expect-error: not the payload of that command
  { by: "1" },
)
// @ts-expect-error: not an aggregate
execute({}, "a", "add")
