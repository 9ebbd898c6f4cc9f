import { randomBytes, randomInt } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRepository, type EventIn, type EventStore } from "@annals/core"
import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { openStore } from "../src/open-store.ts"
import { orderPlaced } from "../src/published/order-placed.ts"
import { parcelSent } from "../src/published/parcel-sent.ts"
import { shelf } from "../src/shipping/shelf.ts"
import { bill } from "../src/shop/bill.ts"
import { orderCompleted } from "../src/shop/order.ts"
import { eventually } from "./eventually.ts"
import { ServiceProcess } from "./service-process.ts"

const killsOfEach = 2
const customers = ["ann", "bob", "eve", "joe"]
const ordersOfEach = 4
const products = ["tea", "milk"]

describe("two services that are killed again and again", { timeout: 180_000, concurrent: true }, () => {
  for (const broker of ["redis", "rabbitmq", "kafka"] as const) {
    usingService(broker, (url) => {
      it("send a parcel for each order, and charge for it, once", async () => {
        const folder = mkdtempSync(join(tmpdir(), "annals-shop-and-shipping-"))
        try {
          await playAndCheck(broker, url, folder)
        } finally {
          rmSync(folder, { recursive: true, force: true })
        }
      })
    })
  }
})

async function playAndCheck(broker: string, url: string, folder: string): Promise<void> {
  const environment = {
    BUS: broker,
    BUS_URL: url,
    BUS_TOPIC: `shop-${randomBytes(6).toString("hex")}`,
    TAKE_OVER_AFTER_MS: "2000",
    SHOP_DATABASE: join(folder, "shop.db"),
    SHIPPING_DATABASE: join(folder, "shipping.db"),
  }
  await using shop = new ServiceProcess("shop", environment)
  await using shipping = new ServiceProcess("shipping", environment)
  await using shopStore = await openStore(environment.SHOP_DATABASE, "shop")
  await using shippingStore = await openStore(environment.SHIPPING_DATABASE, "shipping")
  await shipping.start() // its group must be there before anything is published
  await shop.start()

  let areServed = false
  const shopping = Promise.all(customers.map((customer) => goShopping(shop, customer))).finally(() => {
    areServed = true
  })
  await Promise.all([
    shopping,
    killAtRandom(shop, shopStore, orderCompleted.type, () => areServed),
    killAtRandom(shipping, shippingStore, parcelSent.type, () => areServed),
  ])
  expect(await Promise.all([shop.stop(), shipping.stop()])).toEqual([0, 0])
  await checkOrders(shopStore, shippingStore)
  expect(await shopStore.deadLetters.list({ source: "bus:shop" })).toEqual([])
  expect(await shippingStore.deadLetters.list({ source: "bus:shipping" })).toEqual([])
  await checkSums(shopStore, shippingStore)
}

/** Orders again and again, when what was ordered before is on its way. Sends every request twice, since nobody knows what became of the first. */
async function goShopping(shop: ServiceProcess, customer: string): Promise<void> {
  for (let number = 1; number <= ordersOfEach; number++) {
    const path = `/orders/${customer}-${number}`
    const product = products[number % products.length]
    const init = { method: "PUT", body: JSON.stringify({ customer, product, quantity: number }) }
    const answers = await Promise.all([shop.request(path, init), shop.request(path, init)])
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    await eventually(async () => {
      expect(await (await shop.request(path)).json()).toMatchObject({ status: "completed" })
    })
  }
}

/** Kills a service when it has come some steps further, or the customers are served, and starts it again. */
async function killAtRandom(
  service: ServiceProcess,
  store: EventStore,
  type: string,
  areServed: () => boolean,
): Promise<void> {
  const steps = async () => (await eventsOf(store, type)).length
  for (let kill = 1; kill <= killsOfEach; kill++) {
    const target = (await steps()) + randomInt(1, 7)
    await eventually(async () => expect(areServed() || (await steps()) >= target).toBe(true))
    await service.kill()
    await service.start()
  }
}

/** Each order has its parcel and its end, once. */
async function checkOrders(shopStore: EventStore, shippingStore: EventStore): Promise<void> {
  const ids = customers.flatMap((customer) =>
    Array.from({ length: ordersOfEach }, (_, index) => `${customer}-${index + 1}`),
  )
  const idsOf = async (store: EventStore, type: string) =>
    (await eventsOf(store, type)).map(({ stream }) => stream.id).sort()
  expect(await idsOf(shopStore, orderPlaced.type)).toEqual(ids)
  expect(await idsOf(shippingStore, parcelSent.type)).toEqual(ids)
  expect(await idsOf(shopStore, orderCompleted.type)).toEqual(ids)
}

/** What a lost event would leave out, and a doubled one would count twice. */
async function checkSums(shopStore: EventStore, shippingStore: EventStore): Promise<void> {
  const events = await shopStore.readAll<PlacedEvent>({ types: [orderPlaced.type] }).toArray()
  const placed = events.map(({ data }) => data)
  const bills = createRepository(shopStore, bill)
  for (const customer of customers) {
    const owed = placed
      .filter((order) => order.customer === customer)
      .reduce((sum, { cents }) => sum + cents, 0)
    expect((await bills.load(customer)).state).toEqual({ cents: owed })
  }
  const shelves = createRepository(shippingStore, shelf)
  for (const product of products) {
    const ordered = placed.filter((order) => order.product === product)
    const taken = ordered.reduce((sum, { quantity }) => sum + quantity, 0)
    expect((await shelves.load(product)).state).toEqual({ taken })
  }
}

type PlacedEvent = EventIn<readonly [typeof orderPlaced]>

function eventsOf(store: EventStore, type: string) {
  return store.readAll({ types: [type] }).toArray()
}
