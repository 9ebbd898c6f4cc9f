// The payment for an order: a stream with the order's id. Once it is received, refused or called off it stays so. What happens when the customer pays just
// as the time is over is decided here, by who is first in the stream, and nowhere else.
import { defineDecider, refuse } from "@annals/core"
import { paymentCalledOff, paymentReceived, paymentRefused, paymentRequested } from "./payment-events.ts"

interface Payment {
  readonly status: "not-due" | "due" | "received" | "refused" | "called-off"
  readonly cents: number
}

export const payment = defineDecider("payment", {
  events: [paymentRequested, paymentReceived, paymentRefused, paymentCalledOff],
  initial: (): Payment => ({ status: "not-due", cents: 0 }),

  evolve: {
    "payment-requested": (_payment, { data }) => ({ status: "due", cents: data.cents }),
    "payment-received": (payment) => ({ ...payment, status: "received" }),
    "payment-refused": (payment) => ({ ...payment, status: "refused" }),
    "payment-called-off": (payment) => ({ ...payment, status: "called-off" }),
  },

  decide: {
    request: ({ status }, { cents }: { cents: number }) =>
      status === "not-due" ? paymentRequested({ cents }) : refuse("already-requested", { status }),

    pay: ({ status, cents }, { isAuthorised }: { isAuthorised: boolean }) => {
      if (status !== "due") return refuse("no-payment-due", { status })
      return isAuthorised ? paymentReceived({ cents }) : paymentRefused({})
    },

    callOff: ({ status }) => (status === "due" ? paymentCalledOff({}) : refuse("no-payment-due", { status })),
  },
})
