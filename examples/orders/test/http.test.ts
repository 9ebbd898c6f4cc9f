import { describe, expect, it } from "vitest"
import { eventually } from "./eventually.ts"
import { openShop } from "./running-shop.ts"

const card = "4242"

describe("an order over HTTP", () => {
  it("is read by whoever placed it, right afterwards", async () => {
    await using shop = await openShop()
    const placed = await shop.post("/orders", { product: "tea", quantity: 2 })
    expect(placed.status).toBe(201)
    const location = placed.headers.get("Location") as string
    const read = await shop.get(location, { "Min-Position": placed.headers.get("Position") as string })
    expect(await read.json()).toMatchObject({ product: "tea", quantity: 2, cents: 900 })
  })

  it("is one order, however often the request is sent", async () => {
    await using shop = await openShop()
    const send = () => shop.post("/orders", { product: "tea", quantity: 2 }, { "Idempotency-Key": "key-1" })
    const answers = await Promise.all([send(), send(), send()])
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id))
    expect(new Set(ids).size).toBe(1)
    const last = await send()
    const list = await shop.get("/orders", { "Min-Position": last.headers.get("Position") as string })
    expect(((await list.json()) as { orders: unknown[] }).orders).toHaveLength(1)
  })

  it("is shipped when it is paid for, and its stock goes", async () => {
    await using shop = await openShop({ tea: 5 })
    const id = await shop.order(2)
    await until(shop, id, "awaiting-payment")
    expect(await shop.stockNow()).toMatchObject({ free: 3, reserved: { [id]: 2 } })
    const pay = () => shop.post(`/orders/${id}/payment`, { card }, { "Idempotency-Key": "pay-1" })
    expect([(await pay()).status, (await pay()).status]).toEqual([200, 200])
    await until(shop, id, "shipped")
    expect(await shop.stockNow()).toMatchObject({ free: 3, reserved: {} })
    const again = await shop.post(`/orders/${id}/payment`, { card })
    expect([again.status, await again.json()]).toEqual([
      409,
      { error: "no-payment-due", details: { status: "received" } },
    ])
  })

  it("is cancelled when the card is refused, and its stock is there again", async () => {
    await using shop = await openShop({ tea: 5 })
    const id = await shop.order(2)
    await until(shop, id, "awaiting-payment")
    expect((await shop.post(`/orders/${id}/payment`, { card: "declined" })).status).toBe(402)
    await until(shop, id, "cancelled")
    expect(await shop.orderNow(id)).toMatchObject({ reason: "payment-refused" })
    expect(await shop.stockNow()).toMatchObject({ free: 5, reserved: {} })
  })

  it("is cancelled when there isn't enough in stock", async () => {
    await using shop = await openShop({ tea: 1 })
    const id = await shop.order(2)
    await until(shop, id, "cancelled")
    expect(await shop.orderNow(id)).toMatchObject({ reason: "out-of-stock" })
    expect((await shop.post(`/orders/${id}/payment`, { card })).status).toBe(409)
  })

  it("is cancelled when it isn't paid for in time, and its stock is there again", async () => {
    await using shop = await openShop({ tea: 5, payWithinMs: 1 })
    const id = await shop.order(2)
    await until(shop, id, "cancelled")
    expect(await shop.orderNow(id)).toMatchObject({ reason: "not-paid" })
    expect(await shop.stockNow()).toMatchObject({ free: 5, reserved: {} })
  })
})

describe("the shop over HTTP", () => {
  it("lists orders by status, a page at a time", async () => {
    await using shop = await openShop()
    const ids = [await shop.order(), await shop.order(), await shop.order()]
    for (const id of ids) await until(shop, id, "awaiting-payment")
    const page = async (query: string) =>
      (await (await shop.get(`/orders?${query}`)).json()) as { orders: { id: string }[]; next?: string }
    const first = await page("status=awaiting-payment&limit=2")
    const second = await page(`status=awaiting-payment&limit=2&after=${first.next}`)
    expect([...first.orders, ...second.orders].map(({ id }) => id).sort()).toEqual(ids.sort())
    expect((await page("status=shipped")).orders).toEqual([])
  })

  it("says what is wrong with a request", async () => {
    await using shop = await openShop()
    const statuses = await Promise.all([
      shop.post("/orders", { product: "tea", quantity: -1 }),
      shop.post("/orders", "no object"),
      shop.post("/orders", { product: "gold", quantity: 1 }),
      shop.get("/orders?status=lost"),
      shop.get("/orders", { "Min-Position": "soon" }),
      shop.get("/orders/nobody-s"),
      shop.get("/stock/gold"),
      shop.post("/orders/nobody-s/payment", { card }),
    ])
    expect(statuses.map(({ status }) => status)).toEqual([400, 400, 404, 400, 400, 404, 404, 409])
  })

  it("is healthy while its background works, and says how far it is", async () => {
    await using shop = await openShop()
    const id = await shop.order()
    await until(shop, id, "awaiting-payment")
    expect((await shop.get("/health")).status).toBe(200)
    const status = (await (await shop.get("/status")).json()) as { running: { name: string }[] }
    expect(status.running.map(({ name }) => name)).toEqual(["fulfilment", "order-overview", "deadlines"])
    await shop.background.stop()
    expect((await shop.get("/health")).status).toBe(503)
  })
})

function until(shop: Awaited<ReturnType<typeof openShop>>, id: string, status: string): Promise<unknown> {
  return eventually(async () => expect((await shop.orderNow(id)).status).toBe(status))
}
