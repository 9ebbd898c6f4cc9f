import {
  createRepository,
  defineEvents,
  type EventBus,
  type EventStore,
  subscribeWithInbox,
} from "@annals/core"
import { orderPlaced } from "../published/order-placed.ts"
import { parcel } from "./parcel.ts"
import { shelf } from "./shelf.ts"

/** Takes what was ordered from its shelf, and sends it. */
export function takeOrders(bus: EventBus, store: EventStore) {
  const shelves = createRepository(store, shelf)
  const parcels = createRepository(store, parcel)

  return subscribeWithInbox(bus, {
    group: "shipping",
    source: "shop",
    store,
    categories: ["order"],
    types: [orderPlaced.type],
    events: defineEvents([orderPlaced]),
    handler: async ({ stream, data: { product, quantity } }, { unitOfWork }) => {
      await shelves.within(unitOfWork).execute(product, "take", { quantity })
      await parcels.within(unitOfWork).execute(stream.id, "send", { product, quantity })
    },
  })
}
