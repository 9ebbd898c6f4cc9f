import { defineEvent, type EventStore, type } from "@annals/core"
import { expect, it } from "vitest"
import { createSubscriptionManager, defineReactor, defineSubscription } from "../../src/index.ts"
import { describeStores } from "../subjects/stores.ts"
import { createGate, eventually } from "../subjects/waiting.ts"

const paid = defineEvent("paid", type<{ order: string }>())
const noted = defineEvent("noted", type<{ text: string }>())

const pay = (store: EventStore, order: string) =>
  store.append({ category: "order", id: order }, [paid({ order }), noted({ text: "thanks" })])

/** A read model of what is paid. */
const paidOrders = defineSubscription("paid-orders", {
  events: [paid],
  transactional: true,
  checkpointEvery: { events: 2 },
  handle: async ({ data }, { unitOfWork }) => {
    await unitOfWork.readModels.save("paid-orders", data.order, true)
  },
})

describeStores("a reactor", (open) => {
  it("handles the types that it has handlers for, with a key that is the same at every attempt", async () => {
    await using scene = await open()
    const calls: { order: string; key: string; attempt: number }[] = []
    const receipts = defineReactor("receipts", {
      events: [paid, noted],
      from: "beginning",
      retry: { delayMs: 1 },
      on: {
        paid: ({ data }, { idempotencyKey, attempt }) => {
          calls.push({ order: data.order, key: idempotencyKey, attempt })
          if (attempt === 1) throw new Error("the mail server is away")
        },
      },
    })
    const running = await scene.run(receipts)
    expect([running.kind, receipts.filter.types]).toEqual(["reactor", ["paid"]])
    await pay(scene.store, "1")
    const { position } = await pay(scene.store, "2")
    await running.waitFor(position)
    expect(calls.map(({ order, attempt }) => [order, attempt])).toEqual([
      ["1", 1],
      ["1", 2],
      ["2", 1],
      ["2", 2],
    ])
    expect([calls[0]?.key, calls[2]?.key]).toEqual([calls[1]?.key, calls[3]?.key])
    expect(calls[0]?.key).not.toBe(calls[2]?.key)
  })

  it("leaves alone what was there before it, when it begins at the end", async () => {
    await using scene = await open()
    const seen: string[] = []
    await pay(scene.store, "1")
    const receipts = defineReactor("receipts", {
      events: [paid],
      from: "end",
      on: { paid: ({ data }) => void seen.push(data.order) },
    })
    const running = await scene.run(receipts)
    const { position } = await pay(scene.store, "2")
    await running.waitFor(position)
    expect(seen).toEqual(["2"])
  })

  it("sees a read model as its event has left it", async () => {
    await using scene = await open()
    const { store } = scene
    const found: boolean[] = []
    const receipts = defineReactor("receipts", {
      events: [paid],
      from: "beginning",
      after: [paidOrders],
      on: {
        paid: async ({ data }) =>
          void found.push((await store.readModels.get("paid-orders", data.order)) !== undefined),
      },
    })
    const reactor = await scene.run(receipts)
    for (let order = 1; order <= 10; order++) await pay(store, `${order}`)
    expect(found).toEqual([])
    await scene.run(paidOrders)
    const { position } = await pay(store, "11")
    await reactor.waitFor(position)
    expect(found).toEqual(new Array(11).fill(true))
  })

  it("sees it also when both are run together and share what they read", async () => {
    await using scene = await open()
    const { store } = scene
    const found: boolean[] = []
    const receipts = defineReactor("receipts", {
      events: [paid],
      from: "beginning",
      after: [paidOrders],
      on: {
        paid: async ({ data }) =>
          void found.push((await store.readModels.get("paid-orders", data.order)) !== undefined),
      },
    })
    for (let order = 1; order <= 20; order++) await pay(store, `${order}`)
    const manager = scene.keep(createSubscriptionManager(store, { subscriptions: [receipts, paidOrders] }))
    await manager.start()
    let position = 0
    for (let order = 21; order <= 40; order++) ({ position } = await pay(store, `${order}`))
    await manager.waitFor(position)
    expect(found).toEqual(new Array(40).fill(true))
  })

  it("does nothing while what it follows is made anew, and nothing twice", async () => {
    await using scene = await open()
    const { store } = scene
    const seen: string[] = []
    const gate = createGate()
    let hold = () => Promise.resolve()
    const slow = defineSubscription("paid-orders", {
      events: [paid],
      transactional: true,
      handle: () => hold(),
    })
    const receipts = defineReactor("receipts", {
      events: [paid],
      from: "beginning",
      after: ["paid-orders"],
      on: { paid: ({ data }) => void seen.push(data.order) },
    })
    const first = await scene.run(slow)
    const reactor = await scene.run(receipts)
    await reactor.waitFor((await pay(store, "1")).position)
    await first.stop()
    await store.checkpoints.reset("paid-orders", 0)
    hold = () => gate.pass()
    const second = await scene.run(slow)
    const { position } = await pay(store, "2")
    await gate.reached
    expect(seen).toEqual(["1"])
    gate.open()
    await second.waitFor(position)
    await reactor.waitFor(position)
    await eventually(() => expect(seen).toEqual(["1", "2"]))
  })

  it("stays behind the version of a projection that it is given", () => {
    const on = { paid: () => {} }
    const after = ["a", { name: "b" }, { name: "c", version: 1 }, { name: "d", version: 2 }]
    const { behind } = defineReactor("receipts", { events: [paid], from: "end", after, on })
    expect(behind).toEqual(["a", "b", "c", "d@2"])
  })

  it("stops at once while it waits for others", async () => {
    await using scene = await open()
    const receipts = defineReactor("receipts", {
      events: [paid],
      from: "beginning",
      after: ["nobody"],
      on: { paid: () => {} },
    })
    const running = await scene.run(receipts)
    await pay(scene.store, "1")
    await running.stop()
    expect(running.status()).toMatchObject({ state: "stopped", handled: 0 })
  })
})
