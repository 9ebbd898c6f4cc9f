import {
  type AppendResult,
  createRepository,
  defineDecider,
  defineEvent,
  sourceHandled,
  type,
} from "@annals/core"
import { expect, it } from "vitest"
import { defineProcessManager, execute, type Subscription } from "../../src/index.ts"
import { upTo } from "../subjects/counting.ts"
import { quickLeases } from "../subjects/quick-leases.ts"
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
    const one = await runTwo(scene, fulfilment)
    const appended: AppendResult[] = []
    for (const id of orders)
      appended.push(
        ...(await Promise.all([placeOrder(store, id, "book"), takeNote(store, id), pay(store, id)])),
      )
    await one.waitFor(lastOf(appended))
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
    const one = await runTwo(scene, transfers)
    const appended = await Promise.all(
      upTo(24).map((n) =>
        store.append({ category: "wish", id: `${n}` }, [
          asked(directions[n % 2] as { from: string; to: string }),
        ]),
      ),
    )
    await one.waitFor(lastOf(appended))
    for (const id of ["a", "b"]) {
      expect(await createRepository(store, account).load(id)).toMatchObject({ version: 24, state: 0 })
    }
  })
})

/** Returns one of the two, which knows how far both are. */
async function runTwo(scene: Scene, definition: Parameters<Scene["run"]>[0]): Promise<Subscription> {
  const one = await scene.run(definition, quickLeases)
  const other = await scene.run(definition, { ...quickLeases, store: scene.otherHandle() })
  await eventually(() => expect([one.status().slots, other.status().slots]).toEqual([512, 512]))
  return one
}

/** Not the head: while instances append in transactions that are open, it stands below what is appended. */
function lastOf(appended: readonly AppendResult[]): number {
  return Math.max(...appended.map(({ position }) => position))
}
