// Leads an order through stock and payment, to its end. Every handler answers an event with what is to happen next; all of that takes effect in one
// transaction together with the note that the event was handled. So a process that is killed at any moment goes on where it was.
import { cancel, defineProcessManager, execute, schedule } from "@annals/subscriptions"
import { order } from "../orders/order.ts"
import { orderPlaced } from "../orders/order-events.ts"
import { payment } from "../payments/payment.ts"
import { paymentCalledOff, paymentReceived, paymentRefused } from "../payments/payment-events.ts"
import { stock } from "../stock/stock.ts"
import { stockReserved } from "../stock/stock-events.ts"
import {
  fulfilmentAbandoned,
  fulfilmentCompleted,
  fulfilmentStarted,
  paymentOverdue,
} from "./fulfilment-events.ts"

export const defineFulfilment = ({ payWithinMs }: { readonly payWithinMs: number }) =>
  defineProcessManager("fulfilment", {
    listensTo: [orderPlaced, stockReserved, paymentReceived, paymentRefused, paymentCalledOff],
    correlate: (event) => (stockReserved.is(event) ? event.data.orderId : event.stream.id),
    events: [fulfilmentStarted, fulfilmentCompleted, fulfilmentAbandoned],
    deadlines: [paymentOverdue],
    endedBy: ["fulfilment-completed", "fulfilment-abandoned"],

    initial: () => ({ product: "", cents: 0 }),
    evolve: {
      "fulfilment-started": (_state, { data }) => data,
      "fulfilment-completed": (state) => state,
      "fulfilment-abandoned": (state) => state,
    },

    on: {
      "order-placed": (_state, { data: { product, quantity, cents } }, { id }) => [
        fulfilmentStarted({ product, cents }),
        execute(stock, product, "reserve", { orderId: id, quantity }),
      ],

      "stock-reserved": ({ cents }, { occurredAt }, { id }) => [
        execute(payment, id, "request", { cents }),
        schedule(occurredAt + payWithinMs, paymentOverdue({})),
      ],

      "payment-received": ({ product }, _event, { id }) => [
        fulfilmentCompleted({}),
        cancel(paymentOverdue),
        execute(stock, product, "dispatch", { orderId: id }),
        execute(order, id, "ship"),
      ],

      "payment-overdue": (_state, _event, { id }) => execute(payment, id, "callOff"),

      "payment-called-off": ({ product }, _event, { id }) => abandon(id, product, "not-paid"),

      "payment-refused": ({ product }, _event, { id }) => [
        cancel(paymentOverdue),
        ...abandon(id, product, "payment-refused"),
      ],
    },

    onRefused: (_state, { command, reason }, { id }) => {
      // Paid at the last moment: `payment-received` is on its way.
      if (command === "callOff") return []
      return [fulfilmentAbandoned({ reason }), execute(order, id, "cancel", { reason })]
    },
  })

const abandon = (id: string, product: string, reason: string) => [
  fulfilmentAbandoned({ reason }),
  execute(stock, product, "release", { orderId: id }),
  execute(order, id, "cancel", { reason }),
]
