// Checked by the compiler alone: what is inferred where nobody wrote a type argument.
import {
  aggregateOf,
  createMemoryStore,
  createRepository,
  defineAggregate,
  defineCategory,
  defineDecider,
  defineEvent,
  defineProjection,
  type EventIn,
  foldProjection,
  handles,
  isRefused,
  newEventsOf,
  type Position,
  raise,
  readDecisionModel,
  refuse,
  tagged,
  type,
} from "@annals/core"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function same<A, B>(...different: Same<A, B> extends true ? [] : ["the types differ"]): void

const opened = defineEvent("opened", type<{ readonly owner: string }>())
const closed = defineEvent("closed", type<{ readonly reason?: string }>())

interface State {
  readonly status: "none" | "open" | "closed"
  readonly owner: string
}

const store = createMemoryStore()

// A decider, whose state is a union of words.
const door = defineDecider("door", {
  events: [opened, closed],
  initial: (): State => ({ status: "none", owner: "" }),
  evolve: {
    opened: (state, { data }) => ({ ...state, status: "open", owner: data.owner }),
    closed: (state) => ({ ...state, status: "closed" }),
  },
  decide: {
    open: ({ status }, { owner }: { owner: string }) =>
      status === "open" ? refuse("open-already") : opened({ owner }),
    close: ({ status }) => (status === "open" ? closed({}) : undefined),
    swap: (_state, owner?: string) => [closed({}), opened({ owner: owner ?? "nobody" })],
  },
})
const doors = createRepository(store, door)

const executed = await doors.execute("1", "open", { owner: "Alice" }, { commandId: "c1" })
same<typeof executed.state, State>()
same<typeof executed.position, Position | undefined>()
const [event] = executed.events
if (event?.type === "opened") {
  same<typeof event.data, { readonly owner: string }>()
  same<typeof event.stream.category, "door">()
}
await doors.execute("1", "close")
await doors.execute("1", "close", undefined, { commandId: "c2" })
await doors.execute("1", "swap")
await doors.execute("1", "swap", "Bob")

const loaded = await doors.load("1")
same<typeof loaded.state, State>()
same<typeof loaded.version, number>()
loaded.execute("open", { owner: "Alice" })

const decided = door.decide(door.initial(), "close")
same<typeof door.name, "door">()
if (Array.isArray(decided)) door.evolve(door.initial(), opened({ owner: "Alice" }))

// Handlers without parameters return the words of the state, at any depth.
interface Parts {
  readonly status: State["status"]
  parts: { kind: "door" | "gate"; size: 1 | 2 }[]
  isLocked?: true
  previous?: State["status"] | null
}
const parts = {
  events: [opened, closed],
  initial: (): Parts => ({ status: "none", parts: [] }),
} as const
defineDecider("parts", {
  ...parts,
  evolve: {
    opened: () => ({ status: "open", parts: [{ kind: "door", size: 1 }], isLocked: true }),
    closed: (state) => ({ ...state, status: "closed", previous: "open" }),
  },
  decide: { open: () => opened({ owner: "Alice" }) },
})
defineAggregate("parts", {
  ...parts,
  on: { opened: () => ({ status: "open", parts: [] }), closed: () => {} },
  commands: {},
})
defineProjection("parts", { ...parts, on: { opened: () => ({ status: "open", parts: [] }) } })
defineDecider("word", {
  events: [opened],
  initial: (): State["status"] => "none",
  evolve: { opened: () => "open" },
  decide: {},
})

// A state that nobody wrote down is wide, whatever such handlers return.
const wide = defineDecider("wide", {
  events: [opened, closed],
  initial: () => ({ cents: 0, name: "", isOpen: false, list: [1], nested: { count: 1 } }),
  evolve: {
    opened: () => ({ cents: 5, name: "x", isOpen: true, list: [], nested: { count: 2 } }),
    closed: (state) => state,
  },
  decide: {},
})
same<
  ReturnType<typeof wide.initial>,
  { cents: number; name: string; isOpen: boolean; list: number[]; nested: { count: number } }
>()

// A state that is a type parameter, or anything.
export const generic = <Value>(initial: () => Value) =>
  defineDecider("generic", {
    events: [opened, closed],
    initial,
    evolve: { opened: (state) => state, closed: () => initial() },
    decide: {},
  })
same<ReturnType<ReturnType<typeof generic<number>>["initial"]>, number>()
const anything = defineDecider("anything", {
  events: [opened],
  initial: (): unknown => undefined,
  evolve: { opened: () => ({ cents: 5 }) },
  decide: {},
})
same<ReturnType<typeof anything.initial>, unknown>()

// A command whose name and payload come from outside, as a union.
declare const command: { name: "open"; payload: { owner: string } } | { name: "swap"; payload: string }
await doors.execute("1", command.name, command.payload)

// A declared aggregate.
const lamp = defineAggregate("lamp", {
  events: [opened, closed],
  initial: (): State => ({ status: "none", owner: "" }),
  on: { opened: (state) => ({ ...state, status: "open" }) },
  commands: {
    open: (self, owner: string) => {
      same<typeof self.state, State>()
      self.raise(opened({ owner }))
    },
  },
})
const lit = await createRepository(store, lamp).execute("1", "open", "Alice")
same<typeof lit.state, State>()

// A class.
const gates = defineCategory("gate", [opened, closed])
class Gate extends aggregateOf(gates) {
  owner = ""
  static {
    handles(Gate, "opened", (gate, { data }) => {
      same<typeof data, { readonly owner: string }>()
      gate.owner = data.owner
    })
  }
  open(owner: string) {
    raise(this, opened({ owner }))
  }
  close() {
    raise(this, closed({}))
  }
  private secret() {
    return this.owner
  }
  reveal(first: string, second: string) {
    return first + second + this.secret()
  }
}
const gateRepository = createRepository(store, Gate)
const gate = await gateRepository.load("1")
same<typeof gate, Gate>()
await gateRepository.execute("1", "open", "Alice")
await gateRepository.execute("1", "close")
// @ts-expect-error: it takes two arguments
await gateRepository.execute("1", "reveal", "Alice")
// @ts-expect-error: it is private
await gateRepository.execute("1", "secret")
const [raised] = newEventsOf(gate)
same<typeof raised, EventIn<typeof gates> | undefined>()

// Projections, and decision models of them.
const statuses = defineProjection("statuses", {
  events: [opened, closed],
  initial: (): State => ({ status: "none", owner: "" }),
  on: {
    opened: (state, { data, recordedAt }) => {
      same<typeof recordedAt, number>()
      return { ...state, owner: data.owner }
    },
    closed: (state) => ({ ...state, status: "closed" }),
  },
})
const count = defineProjection("count", {
  events: [opened],
  initial: () => 0,
  on: { opened: (sum) => sum + 1 },
})
const folded = await foldProjection(count, store.readAll({ events: count.events }))
same<typeof folded, number>()
const { state } = await readDecisionModel(store, { all: tagged(count), one: tagged(statuses, "door:1") })
same<typeof state.all, number>()
same<typeof state.one, State>()

const error: unknown = undefined
if (isRefused(error, "open-already")) same<typeof error.reason, "open-already">()
