import type { RecordedEvent } from "@annals/core"
import type { Fulfilment } from "./shop.ts"

/** What must come of events that are handled one after the other, each once: written down without a store. */
export interface ExpectedShop {
  handle(event: RecordedEvent, order: string): void
  /** Notes which deadlines are over. */
  runDeadlines(now: number): void
  statusOf(order: string): Fulfilment["status"]
  free(): number
  messages(): number
}

interface ExpectedOrder {
  status: Fulfilment["status"]
  quantity: number
  /** The one that is wanted. */
  deadline: { readonly dueAt: number; eventIsThere: boolean } | undefined
}

export function createExpectedShop(stocked: number, patienceMs: number): ExpectedShop {
  let free = stocked
  let messages = 0
  const orders = new Map<string, ExpectedOrder>()
  const orderOf = (id: string): ExpectedOrder => {
    const order = orders.get(id) ?? { status: "new", quantity: 0, deadline: undefined }
    orders.set(id, order)
    return order
  }
  const isOver = ({ status }: ExpectedOrder) => status !== "new" && status !== "waiting"

  const place = (order: ExpectedOrder, quantity: number, occurredAt: number) => {
    messages++
    order.status = "waiting"
    order.quantity = quantity
    order.deadline = { dueAt: occurredAt + patienceMs, eventIsThere: false }
    if (quantity <= free) free -= quantity
    else {
      order.status = "rejected"
      order.deadline = undefined
    }
  }

  return {
    handle({ type, data, occurredAt }, id) {
      const order = orderOf(id)
      if (type === "paymentOverdue") {
        const { deadline } = order
        if (deadline?.eventIsThere !== true || deadline.dueAt !== occurredAt) return
        order.deadline = undefined
        if (isOver(order)) return
        order.status = "expired"
        free += order.quantity
      }
      if (isOver(order)) return
      if (type === "orderPlaced") place(order, (data as { quantity: number }).quantity, occurredAt)
      if (type === "noteTaken" && order.status === "waiting") messages++
      if (type === "paymentReceived") {
        order.status = "paid"
        order.deadline = undefined
      }
    },
    runDeadlines(now) {
      for (const { deadline } of orders.values()) {
        if (deadline !== undefined && deadline.dueAt <= now) deadline.eventIsThere = true
      }
    },
    statusOf: (id) => orderOf(id).status,
    free: () => free,
    messages: () => messages,
  }
}
