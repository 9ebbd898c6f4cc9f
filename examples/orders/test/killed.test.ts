import { randomBytes, randomInt } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRepository, type EventIn, type EventStore } from "@annals/core"
import { usingService } from "@annals/services"
import { createPostgresStore } from "@annals/store-postgres"
import { foldDocuments } from "@annals/subscriptions"
import { describe, expect, it } from "vitest"
import { openStore } from "../src/open-store.ts"
import { prices } from "../src/orders/prices.ts"
import {
  type OrderOverview,
  orderOverviewProjection,
  orderOverviews,
} from "../src/overview/order-overview.ts"
import { paymentReceived } from "../src/payments/payment-events.ts"
import { readSettings } from "../src/settings.ts"
import { stock } from "../src/stock/stock.ts"
import { stockAdded, stockDispatched } from "../src/stock/stock-events.ts"
import { goShopping, type ShoppingPlan } from "./customer.ts"
import { eventually } from "./eventually.ts"
import { ShopProcess } from "./shop-process.ts"

const kills = 3

/** Some buy more than there is, some never pay, some have a card that is refused. */
const plans: readonly ShoppingPlan[] = Array.from({ length: 30 }, (_, index) => ({
  name: `customer-${index}`,
  product: index % 8 === 0 ? "fondue-set" : index % 2 === 0 ? "milk" : "tea",
  quantity: 1 + (index % 3),
  card: index % 5 === 4 ? undefined : index % 7 === 3 ? "declined" : "4242",
}))

describe("a shop that is killed again and again", { timeout: 120_000, concurrent: true }, () => {
  describe("on sqlite", () => {
    it("brings every order to its end, and everything adds up", async () => {
      const folder = mkdtempSync(join(tmpdir(), "annals-orders-"))
      try {
        await playAndCheck({ ORDERS_FILE: join(folder, "orders.db") })
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  })

  usingService("postgres", (url) => {
    it("brings every order to its end, and everything adds up", async () => {
      const schema = `orders_${randomBytes(6).toString("hex")}`
      try {
        await playAndCheck({ ORDERS_DATABASE_URL: url, ORDERS_SCHEMA: schema })
      } finally {
        await using store = createPostgresStore({ connectionString: url, schema, migrate: "auto" })
        await store.transaction(({ tx }) => tx.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`))
      }
    })
  })
})

async function playAndCheck(place: Record<string, string>): Promise<void> {
  const environment = { ...place, ORDERS_PAY_WITHIN_MS: "2000" }
  await using shop = new ShopProcess(environment)
  await using store = openStore(readSettings(environment))
  await shop.start()
  for (const [product, quantity] of [
    ["tea", 100] as const,
    ["milk", 100] as const,
    ["fondue-set", 5] as const,
  ])
    await shop.request(`/stock/${product}`, { method: "POST", body: JSON.stringify({ quantity }) })

  let areServed = false
  const shopping = Promise.all(plans.map((plan) => goShopping(shop, plan))).finally(() => {
    areServed = true
  })
  await killAtRandom(shop, store, () => areServed)
  const receipts = await shopping
  await eventually(async () => expect(await openOrders(store)).toBe(0))
  expect((await shop.request("/health")).status).toBe(200)
  expect(await shop.stop()).toBe(0)

  const overviews = await allOverviews(store)
  expect(overviews).toEqual(await foldDocuments(store, orderOverviewProjection))
  expect([...overviews.keys()].sort()).toEqual(receipts.map(({ orderId }) => orderId).sort())
  for (const { orderId, isPaid } of receipts)
    expect([orderId, overviews.get(orderId)?.status]).toEqual([orderId, isPaid ? "shipped" : "cancelled"])
  await checkPayments(store, overviews)
  await checkStock(store, overviews)
}

/** Kills the shop when the process manager has come some steps further, or the customers are served, and starts it again. */
async function killAtRandom(shop: ShopProcess, store: EventStore, areServed: () => boolean): Promise<void> {
  const steps = async () => (await store.readAll({ categories: ["fulfilment"] }).toArray()).length
  for (let kill = 1; kill <= kills; kill++) {
    const target = (await steps()) + randomInt(1, 20)
    await eventually(async () => expect(areServed() || (await steps()) >= target).toBe(true))
    await shop.kill()
    await shop.start()
  }
}

async function openOrders(store: EventStore): Promise<number> {
  const { documents } = await orderOverviews.in(store).find({
    where: { not: { status: { in: ["shipped", "cancelled"] } } },
  })
  return documents.length
}

type Overviews = ReadonlyMap<string, OrderOverview>

async function allOverviews(store: EventStore): Promise<Overviews> {
  const overviews = new Map<string, OrderOverview>()
  for await (const { id, value } of orderOverviews.in(store).findAll()) overviews.set(id, value)
  return overviews
}

/** Each shipped order was paid once, in full, and no other. */
async function checkPayments(store: EventStore, overviews: Overviews): Promise<void> {
  const payments = await store
    .readAll<EventIn<readonly [typeof paymentReceived]>>({ types: [paymentReceived.type] })
    .toArray()
  const received = payments.map(({ stream, data }) => [stream.id, data.cents] as const)
  const owed = shipped(overviews).map(([id, { cents }]) => [id, cents] as const)
  expect(received.toSorted()).toEqual(owed.toSorted())
}

/** What was added is here or was shipped, and nothing is reserved any more. */
async function checkStock(store: EventStore, overviews: Overviews): Promise<void> {
  for (const product of prices.keys()) {
    const { state } = await createRepository(store, stock).load(product)
    const events = await store.readStream(stock.category.stream(product)).toArray()
    const sum = (type: string) =>
      events.filter((event) => event.type === type).reduce((total, { data }) => total + data.quantity, 0)
    const sold = shipped(overviews)
      .filter(([, overview]) => overview.product === product)
      .reduce((total, [, { quantity }]) => total + quantity, 0)
    expect([product, sum(stockDispatched.type)]).toEqual([product, sold])
    expect([product, state]).toEqual([product, { free: sum(stockAdded.type) - sold, reserved: {} }])
  }
}

function shipped(overviews: Overviews): [string, OrderOverview][] {
  return [...overviews].filter(([, { status }]) => status === "shipped")
}
