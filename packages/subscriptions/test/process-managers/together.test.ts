import {
  createRepository,
  defineDecider,
  defineEvent,
  type EventStore,
  sourceHandled,
  type,
} from "@annals/core"
import { expect, it } from "vitest"
import { defineProcessManager, execute } from "../../src/index.ts"
import { upTo } from "../subjects/counting.ts"
import type { Scene } from "../subjects/scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { eventually } from "../subjects/waiting.ts"
import { defineFulfilment, pay, placeOrder, stock, takeNote } from "./shop.ts"

const moved = defineEvent("moved", type<{ cents: number }>())
const account = defineDecider("account", {
  events: [moved],
  initial: () => 0,
  evolve: { moved: (cents, { data }) => cents + data.cents },
  decide: { move: (_cents, { cents }: { cents: number }) => moved({ cents }) },
})

const asked = defineEvent("asked", type<{ from: string; to: string }>())
const transfers = defineProcessManager("transfers", {
  listensTo: [asked],
  correlate: ({ stream }) => stream.id,
  events: [],
  initial: () => null,
  evolve: {},
  on: {
    asked: (_state, { data: { from, to } }) => [
      execute(account, from, "move", { cents: -1 }),
      execute(account, to, "move", { cents: 1 }),
    ],
  },
  instances: "shared",
  retry: { attempts: 1 }, // a deadlock is no failure of the event
})

describeStores("instances of a process manager that share the streams", (open) => {
  it("drive the same processes, and no event acts twice or is lost", async () => {
    await using scene = await open()
    const { store } = scene
    const orders = upTo(12).map(String)
    await createRepository(store, stock).execute("book", "stock", { quantity: 100 })
    const fulfilment = defineFulfilment({ instances: "shared" })
    await runTwo(scene, fulfilment)
    for (const id of orders)
      await Promise.all([placeOrder(store, id, "book"), takeNote(store, id), pay(store, id)])
    await eventually(async () => expect(await reachedHead(store, "fulfilment")).toBe(true))
    let started = 0
    for (const id of orders) {
      const events = await store.readStream(fulfilment.category.stream(id)).toArray()
      const own = events.filter((event) => !sourceHandled.is(event)).map((event) => event.type)
      expect([["started", "paid"], ["paid"]]).toContainEqual(own)
      started += own.length - 1
    }
    const { state } = await createRepository(store, stock).load("book")
    expect(state.free).toBe(100 - started)
  })

  it("get through with commands that get into each other's way", async () => {
    await using scene = await open()
    const { store } = scene
    const directions = [
      { from: "a", to: "b" },
      { from: "b", to: "a" },
    ]
    await runTwo(scene, transfers)
    await Promise.all(
      upTo(24).map((n) =>
        store.append({ category: "wish", id: `${n}` }, [
          asked(directions[n % 2] as { from: string; to: string }),
        ]),
      ),
    )
    await eventually(async () => expect(await reachedHead(store, "transfers")).toBe(true))
    for (const id of ["a", "b"]) {
      expect(await createRepository(store, account).load(id)).toMatchObject({ version: 24, state: 0 })
    }
  })
})

async function runTwo(scene: Scene, definition: Parameters<Scene["run"]>[0]) {
  const one = await scene.run(definition, { leaseTtlMs: 1_000 })
  const other = await scene.run(definition, { leaseTtlMs: 1_000, store: scene.otherHandle() })
  await eventually(() => expect([one.status().slots, other.status().slots]).toEqual([512, 512]))
}

async function reachedHead(store: EventStore, name: string): Promise<boolean> {
  const head = await store.head()
  const checkpoints = await store.checkpoints.load(name)
  return checkpoints.length > 0 && checkpoints.every(({ position }) => position >= head)
}
