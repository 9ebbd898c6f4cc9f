import {
  createRepository,
  defineEvents,
  type EventBus,
  type EventStore,
  subscribeWithInbox,
} from "@annals/core"
import { parcelSent } from "../published/parcel-sent.ts"
import { bill } from "./bill.ts"
import { order } from "./order.ts"

/** Completes an order, and charges its customer, when shipping has sent the parcel. */
export function takeParcels(bus: EventBus, store: EventStore) {
  const orders = createRepository(store, order)
  const bills = createRepository(store, bill)

  return subscribeWithInbox(bus, {
    group: "shop",
    source: "shipping",
    store,
    categories: ["parcel"],
    types: [parcelSent.type],
    events: defineEvents([parcelSent]),
    handler: async ({ stream }, { unitOfWork }) => {
      const { state } = await orders.within(unitOfWork).execute(stream.id, "complete")
      await bills.within(unitOfWork).execute(state.customer, "charge", { cents: state.cents })
    },
  })
}
