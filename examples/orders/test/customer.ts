import { expect } from "vitest"
import { eventually } from "./eventually.ts"
import type { ShopProcess } from "./shop-process.ts"

/** What came of an order, as its customer was told. */
export interface Receipt {
  readonly orderId: string
  readonly isPaid: boolean
}

export interface ShoppingPlan {
  readonly name: string
  readonly product: string
  readonly quantity: number
  /** `undefined`: never pays. */
  readonly card: string | undefined
}

/** Sends every request twice, since nobody knows what became of the first. */
export async function goShopping(shop: ShopProcess, plan: ShoppingPlan): Promise<Receipt> {
  const { name, product, quantity, card } = plan
  const twice = async (path: string, key: string, body: unknown) => {
    const init = { method: "POST", body: JSON.stringify(body), headers: { "Idempotency-Key": key } }
    const [first, second] = await Promise.all([shop.request(path, init), shop.request(path, init)])
    expect(second.status).toBe(first.status)
    return first
  }
  const placed = await twice("/orders", `place-${name}`, { product, quantity })
  const { id } = (await placed.json()) as { id: string }
  if (card === undefined) return { orderId: id, isPaid: false }
  const isDecided = async () => expect(await statusOf(shop, id)).not.toMatch(/^(placed|unknown)$/)
  await eventually(isDecided, 100)
  const paid = await twice(`/orders/${id}/payment`, `pay-${name}`, { card })
  return { orderId: id, isPaid: paid.status === 200 }
}

async function statusOf(shop: ShopProcess, id: string): Promise<string> {
  const response = await shop.request(`/orders/${id}`)
  return response.ok ? ((await response.json()) as { status: string }).status : "unknown"
}
