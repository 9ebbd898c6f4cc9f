import type { Observer } from "@annals/core"
import { createSubscription, defineRelay } from "@annals/subscriptions"
import { openBus } from "../open-bus.ts"
import { openStore } from "../open-store.ts"
import { orderPlaced } from "../published/order-placed.ts"
import type { ShopSettings } from "../settings.ts"
import { createApp } from "./create-app.ts"
import { listen } from "./listen.ts"
import { takeParcels } from "./take-parcels.ts"

/** The shop: takes orders over HTTP, tells others, and hears from shipping. Disposing ends it in the opposite order. */
export async function startShop(settings: ShopSettings, observer?: Observer) {
  await using started = new AsyncDisposableStack()
  const store = started.use(await openStore(settings.SHOP_DATABASE, "shop", observer))
  const bus = started.use(await openBus(settings, observer))
  const parcels = started.use(await takeParcels(bus, store))
  const relay = started.use(
    createSubscription(
      store,
      defineRelay("orders-to-bus", { bus, categories: ["order"], types: [orderPlaced.type] }),
      { leaseTtlMs: settings.TAKE_OVER_AFTER_MS },
    ),
  )
  await relay.start()
  const { url } = started.use(await listen(createApp(store), settings.PORT))
  const running = started.move()
  return {
    store,
    bus,
    url,
    /** Rejects where one of its parts can't go on. */
    done: Promise.race([parcels.done, relay.done]),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
