// The rules of a cart, declared: what events do to its state, and what its customers may do.
import { defineAggregate, refuse } from "@annals/core"
import { checkedOut, itemAdded, itemRemoved } from "./cart-events.ts"

interface Line {
  quantity: number
  /** In cents. The price of the last one put in. */
  unitPrice: number
}

interface Cart {
  /** By product. */
  lines: Map<string, Line>
  checkedOut: boolean
}

const mostOfOneProduct = 20

export const cart = defineAggregate("cart", {
  events: [itemAdded, itemRemoved, checkedOut],

  initial: (): Cart => ({ lines: new Map(), checkedOut: false }),

  on: {
    "item-added"({ lines }, { data: { product, quantity, unitPrice } }) {
      lines.set(product, { quantity: quantityOf(lines, product) + quantity, unitPrice })
    },
    "item-removed"({ lines }, { data: { product, quantity } }) {
      const line = lines.get(product)
      if (line === undefined) return
      line.quantity -= quantity
      if (line.quantity === 0) lines.delete(product)
    },
    "checked-out"(cart) {
      cart.checkedOut = true
    },
  },

  commands: {
    add(cart, item: { product: string; quantity: number; unitPrice: number }) {
      if (cart.state.checkedOut) return refuse("already-checked-out")
      const quantity = quantityOf(cart.state.lines, item.product) + item.quantity
      if (quantity > mostOfOneProduct) return refuse("too-many", { most: mostOfOneProduct })
      return cart.raise(itemAdded(item))
    },

    remove(cart, { product, quantity }: { product: string; quantity: number }) {
      if (cart.state.checkedOut) return refuse("already-checked-out")
      if (quantityOf(cart.state.lines, product) < quantity) return refuse("not-in-cart")
      return cart.raise(itemRemoved({ product, quantity }))
    },

    checkOut(cart) {
      if (cart.state.checkedOut) return refuse("already-checked-out")
      if (cart.state.lines.size === 0) return refuse("empty")
      return cart.raise(checkedOut({ total: totalOf(cart.state) }))
    },
  },
})

/** In cents. */
export function totalOf({ lines }: Cart): number {
  let total = 0
  for (const { quantity, unitPrice } of lines.values()) total += quantity * unitPrice
  return total
}

function quantityOf(lines: Cart["lines"], product: string): number {
  return lines.get(product)?.quantity ?? 0
}
