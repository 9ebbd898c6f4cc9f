// The stock of a product: a stream for each, so that no two orders get the last piece.
import { defineDecider, refuse } from "@annals/core"
import { stockAdded, stockDispatched, stockReleased, stockReserved } from "./stock-events.ts"

interface Stock {
  /** Pieces that nobody has reserved. */
  readonly free: number
  /** Pieces by order: here, but not to be had. */
  readonly reserved: Readonly<Record<string, number>>
}

export const stock = defineDecider("stock", {
  events: [stockAdded, stockReserved, stockReleased, stockDispatched],
  initial: (): Stock => ({ free: 0, reserved: {} }),

  evolve: {
    "stock-added": (stock, { data }) => ({ ...stock, free: stock.free + data.quantity }),
    "stock-reserved": ({ free, reserved }, { data }) => ({
      free: free - data.quantity,
      reserved: { ...reserved, [data.orderId]: data.quantity },
    }),
    "stock-released": ({ free, reserved }, { data }) => ({
      free: free + data.quantity,
      reserved: without(reserved, data.orderId),
    }),
    "stock-dispatched": ({ free, reserved }, { data }) => ({
      free,
      reserved: without(reserved, data.orderId),
    }),
  },

  decide: {
    add: (_stock, { quantity }: { quantity: number }) => stockAdded({ quantity }),

    reserve: ({ free }, { orderId, quantity }: { orderId: string; quantity: number }) =>
      quantity <= free ? stockReserved({ orderId, quantity }) : refuse("out-of-stock", { free }),

    release: ({ reserved }, { orderId }: { orderId: string }) => {
      const quantity = reserved[orderId]
      return quantity === undefined ? refuse("not-reserved") : stockReleased({ orderId, quantity })
    },

    dispatch: ({ reserved }, { orderId }: { orderId: string }) => {
      const quantity = reserved[orderId]
      return quantity === undefined ? refuse("not-reserved") : stockDispatched({ orderId, quantity })
    },
  },
})

function without(reserved: Stock["reserved"], orderId: string): Stock["reserved"] {
  const { [orderId]: _, ...others } = reserved
  return others
}
