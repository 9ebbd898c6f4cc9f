import { defineDecider, defineEvent, defineEvents, type EventStore, refuse, type } from "@annals/core"
import {
  cancel,
  defineProcessManager,
  execute,
  type ProcessSettings,
  type RefusedCommand,
  schedule,
  send,
} from "../../src/index.ts"

/** How long a payment is waited for. */
export const patienceMs = 3_600_000

// An order, and what has to be done for it.
export const orderPlaced = defineEvent("orderPlaced", type<{ product: string; quantity: number }>())
export const paymentReceived = defineEvent("paymentReceived", type<{ orderId: string }>())
export const noteTaken = defineEvent("noteTaken", type<{ orderId: string }>())

const stocked = defineEvent("stocked", type<{ quantity: number }>())
const reserved = defineEvent("reserved", type<{ quantity: number }>())
const released = defineEvent("released", type<{ quantity: number }>())

/** A product in a warehouse. */
export const stock = defineDecider("stock", {
  events: [stocked, reserved, released],
  initial: () => ({ free: 0 }),
  evolve: {
    stocked: ({ free }, { data }) => ({ free: free + data.quantity }),
    reserved: ({ free }, { data }) => ({ free: free - data.quantity }),
    released: ({ free }, { data }) => ({ free: free + data.quantity }),
  },
  decide: {
    stock: (_state, { quantity }: { quantity: number }) => stocked({ quantity }),
    reserve: ({ free }, { quantity }: { quantity: number }) =>
      free < quantity ? refuse("sold-out", { free }) : reserved({ quantity }),
    release: (_state, { quantity }: { quantity: number }) => released({ quantity }),
  },
})

const started = defineEvent("started", type<{ product: string; quantity: number }>())
const paid = defineEvent("paid", type<Record<string, never>>())
const rejected = defineEvent("rejected", type<{ reason: string }>())
const expired = defineEvent("expired", type<Record<string, never>>())
export const paymentOverdue = defineEvent("paymentOverdue", type<{ placedAt: number }>())

/** All that is recorded here. */
export const shopEvents = defineEvents([
  orderPlaced,
  paymentReceived,
  noteTaken,
  stocked,
  reserved,
  released,
  started,
  paid,
  rejected,
  expired,
  paymentOverdue,
])

export interface Fulfilment {
  readonly status: "new" | "waiting" | "paid" | "rejected" | "expired"
  readonly product: string
  readonly quantity: number
}

export interface FulfilmentSettings extends ProcessSettings {
  readonly answersRefusals?: boolean
}

/** Reserves what is ordered, and releases it when it isn't paid for in time. */
export const defineFulfilment = ({ answersRefusals = true, ...settings }: FulfilmentSettings = {}) =>
  defineProcessManager("fulfilment", {
    listensTo: [orderPlaced, paymentReceived, noteTaken],
    correlate: {
      orderPlaced: ({ stream }) => stream.id,
      paymentReceived: ({ data }) => data.orderId,
      noteTaken: ({ data }) => (data.orderId === "" ? undefined : data.orderId),
    },
    events: [started, paid, rejected, expired],
    deadlines: [paymentOverdue],
    initial: (): Fulfilment => ({ status: "new", product: "", quantity: 0 }),
    evolve: {
      started: (_state, { data }) => ({ status: "waiting", ...data }),
      paid: (state) => ({ ...state, status: "paid" }),
      rejected: (state) => ({ ...state, status: "rejected" }),
      expired: (state) => ({ ...state, status: "expired" }),
    },
    on: {
      orderPlaced: (_state, { data, occurredAt, stream }) => [
        started(data),
        execute(stock, data.product, "reserve", { quantity: data.quantity }),
        schedule(occurredAt + patienceMs, paymentOverdue({ placedAt: occurredAt })),
        send({ topic: "mail", key: stream.id, body: { text: "thank you" } }),
      ],
      paymentReceived: () => [paid({}), cancel(paymentOverdue)],
      noteTaken: ({ status }) =>
        status === "waiting" ? send({ topic: "desk", body: { text: "somebody asks for it" } }) : [],
      paymentOverdue: ({ product, quantity }) => [
        expired({}),
        execute(stock, product, "release", { quantity }),
      ],
    },
    endedBy: ["paid", "rejected", "expired"],
    ...(answersRefusals && {
      onRefused: (_state: Fulfilment, { reason }: RefusedCommand) => [
        rejected({ reason }),
        cancel(paymentOverdue),
      ],
    }),
    ...settings,
  })

export const placeOrder = (store: EventStore, id: string, product: string, quantity = 1) =>
  store.append({ category: "order", id }, [orderPlaced({ product, quantity })])

export const pay = (store: EventStore, orderId: string) =>
  store.append({ category: "payment", id: `p-${orderId}` }, [paymentReceived({ orderId })])

export const takeNote = (store: EventStore, orderId: string) =>
  store.append({ category: "note", id: "notes" }, [noteTaken({ orderId })])
