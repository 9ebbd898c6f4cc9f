// A question that no table of carts could answer: what do people put in and take out again?
import { defineProjection } from "@annals/core"
import { itemAdded, itemRemoved } from "./cart-events.ts"

export const regrets = defineProjection("regrets", {
  events: [itemAdded, itemRemoved],
  initial: () => new Map<string, { added: number; removed: number }>(),
  on: {
    "item-added"(products, { data: { product, quantity } }) {
      countsOf(products, product).added += quantity
    },
    "item-removed"(products, { data: { product, quantity } }) {
      countsOf(products, product).removed += quantity
    },
  },
})

function countsOf(products: ReturnType<typeof regrets.initial>, product: string) {
  const counts = products.get(product) ?? { added: 0, removed: 0 }
  products.set(product, counts)
  return counts
}
