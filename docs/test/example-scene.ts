// What the examples in doc comments take for granted. They are compiled and never run, so most of this needs no value.
import {
  type Category,
  type Clock,
  defineDecider,
  defineEvent,
  defineEvents,
  defineProjection,
  type EventBus,
  type EventIn,
  type LoadedAggregate,
  type MemoryStore,
  type Projection,
  type RecordedEvent,
  type Repository,
  refuse,
  type StoredOutboxMessage,
  type,
} from "@annals/core"
import {
  defineDocumentProjection,
  defineProcessManager,
  defineReadModel,
  type SubscriptionDefinition,
  type SubscriptionManager,
} from "@annals/subscriptions"
import type { CreateSubject, Runner } from "@annals/testing"
import * as z from "zod"

export const opened = defineEvent("opened", z.object({ owner: z.string() }))
export const deposited = defineEvent("deposited", z.object({ cents: z.int().positive() }))
export const withdrawn = defineEvent("withdrawn", z.object({ cents: z.int().positive() }))
export const events = defineEvents([opened, deposited, withdrawn])

export const account = defineDecider("account", {
  events: [opened, deposited, withdrawn],
  initial: () => ({ cents: 0 }),
  evolve: {
    opened: (state) => state,
    deposited: (state, { data }) => ({ cents: state.cents + data.cents }),
    withdrawn: (state, { data }) => ({ cents: state.cents - data.cents }),
  },
  decide: {
    open: (_state, { owner }: { owner: string }) => opened({ owner }),
    deposit: (_state, { cents }: { cents: number }) => deposited({ cents }),
    withdraw: (state, { cents }: { cents: number }) =>
      state.cents < cents ? refuse("insufficient-funds", { available: state.cents }) : withdrawn({ cents }),
  },
})

export const totals = defineProjection("totals", {
  events: [deposited, withdrawn],
  initial: () => ({ cents: 0 }),
  on: { deposited: ({ cents }, { data }) => ({ cents: cents + data.cents }) },
})

type AccountEvent = EventIn<typeof events>
type AccountState = ReturnType<typeof account.initial>
interface AccountCommands {
  readonly open: { readonly owner: string }
  readonly deposit: { readonly cents: number }
  readonly withdraw: { readonly cents: number }
}
type Account = LoadedAggregate<AccountState, AccountCommands>

/** To some examples the category, to others the repository. */
export declare const accounts: Category<"account", AccountEvent> &
  Repository<Account, AccountState, AccountCommands, AccountEvent, "account">
export declare const from: Account
export declare const to: Account

export declare const store: MemoryStore
export declare const event: RecordedEvent
export declare const error: unknown
export declare const user: { readonly id: string }
export declare const request: { readonly id: string }
export declare const commit: { readonly hash: string }
export declare const path: string
export declare function writeFileSync(file: string, text: string): void
export declare function sendMail(event: object): Promise<void>

// A shop
export const added = defineEvent("added", z.object({ sku: z.string(), quantity: z.int() }))
export const checkedOut = defineEvent("checkedOut", z.object({}))
export const placed = defineEvent(
  "placed",
  z.object({ customer: z.string(), lines: z.array(z.string()), cents: z.int() }),
)

// What follows the events
export const orderPlaced = defineEvent(
  "orderPlaced",
  z.object({ orderId: z.string(), productId: z.string() }),
)
export const orderPaid = defineEvent("orderPaid", z.object({ orderId: z.string(), email: z.string() }))
export const paymentReceived = defineEvent("paymentReceived", z.object({ orderId: z.string() }))
export const paymentOverdue = defineEvent("paymentOverdue", z.object({ orderId: z.string() }))
export const started = defineEvent("started", z.object({ productId: z.string() }))
export const finished = defineEvent("finished", z.object({}))
export const prepared = defineEvent("prepared", z.object({ productId: z.string() }))
export const stock = defineDecider("stock", {
  events: [added],
  initial: () => 0,
  evolve: { added: (count, { data }) => count + data.quantity },
  decide: {
    reserve: (_count, { quantity }: { quantity: number }) => added({ sku: "", quantity: -quantity }),
    release: (_count, { quantity }: { quantity: number }) => added({ sku: "", quantity }),
  },
})
export const balances = defineDocumentProjection("balances", {
  into: defineReadModel("balances", type<{ cents: number }>()),
  events: [deposited],
  categories: ["account"],
  initial: () => ({ cents: 0 }),
  on: { deposited: ({ cents }, { data }) => ({ cents: cents + data.cents }) },
})
export const fulfilment = defineProcessManager("fulfilment", {
  listensTo: [orderPlaced],
  correlate: ({ data }) => data.orderId,
  events: [started],
  initial: () => ({}),
  evolve: { started: (state) => state },
  on: { orderPlaced: (_state, { data }) => started({ productId: data.productId }) },
})
export declare const receipts: SubscriptionDefinition
export declare const manager: SubscriptionManager
export declare const archiveStore: MemoryStore
export declare const bus: EventBus
export declare const signal: AbortSignal
export declare const orderId: string
export declare const page: { push(event: object): void }
export declare const mail: {
  send(to: string, options: { readonly signal: AbortSignal; readonly idempotencyKey?: string }): Promise<void>
}
export declare const mailer: {
  sendAll(messages: readonly StoredOutboxMessage[], options: { readonly signal: AbortSignal }): Promise<void>
}

// A school
export const enrolled = defineEvent("enrolled", z.object({ course: z.string(), student: z.string() }))
type Enrolled = EventIn<[typeof enrolled]>
export declare const enrolments: Category<"course", Enrolled>
export declare const freeSeats: Projection<"free-seats", Enrolled, number>
export declare const coursesTaken: Projection<"courses-taken", Enrolled, number>
export declare const course: string
export declare const student: string

// A test
export declare const describe: Runner["describe"]
export declare const it: Runner["it"]
export declare const createSubject: CreateSubject
export declare function retryWithBackoff(clock: Clock): Promise<void>
