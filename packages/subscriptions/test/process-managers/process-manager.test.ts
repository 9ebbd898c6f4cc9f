import {
  createRepository,
  defineDecider,
  defineEvent,
  type EventStore,
  isAnnalsError,
  type RecordedEvent,
  sourceHandled,
  type,
} from "@annals/core"
import { createFakeClock } from "@annals/testing"
import { expect, it } from "vitest"
import { createDeadlineRunner, defineProcessManager, execute } from "../../src/index.ts"
import { jumpTo, longLease, passTime } from "../subjects/passing-time.ts"
import { describeStores } from "../subjects/stores.ts"
import { eventually } from "../subjects/waiting.ts"
import {
  defineFulfilment,
  patienceMs,
  pay,
  paymentOverdue,
  placeOrder,
  shopEvents,
  stock,
  takeNote,
} from "./shop.ts"

const fulfilment = defineFulfilment()

const served = defineEvent("served", type<{ n: number }>())
const returned = defineEvent("returned", type<{ n: number }>())
const game = defineDecider("game", {
  events: [served],
  initial: () => 0,
  evolve: { served: (_last, { data }) => data.n },
  decide: { serve: (_last, { n }: { n: number }) => served({ n }) },
})
const pingPong = defineProcessManager("ping-pong", {
  listensTo: [served, returned],
  correlate: ({ stream }) => stream.id,
  events: [returned],
  initial: () => 0,
  evolve: { returned: (_last, { data }) => data.n },
  on: {
    served: (_last, { data }) => returned({ n: data.n + 1 }),
    returned: (_last, { data: { n } }, { id }) => (n < 6 ? execute(game, id, "serve", { n: n + 1 }) : []),
  },
})

const free = async (store: EventStore, product: string) =>
  (await createRepository(store, stock).load(product)).state.free

const fill = (store: EventStore, product: string, quantity: number) =>
  createRepository(store, stock).execute(product, "stock", { quantity })

async function processTypes(store: EventStore, id: string): Promise<string[]> {
  const events = await store.readStream(fulfilment.category.stream(id)).toArray()
  return events.map(({ type }) => type)
}

describeStores("a process manager", (open) => {
  it("records own events, executes commands and sends messages, once, and says what caused them", async () => {
    await using scene = await open()
    const { store } = scene
    await fill(store, "book", 5)
    const running = await scene.run(fulfilment)
    const { position, eventIds } = await placeOrder(store, "1", "book", 2)
    await running.waitFor(position)
    expect(await processTypes(store, "1")).toEqual(["started"])
    expect(await free(store, "book")).toBe(3)
    expect((await store.outbox.read()).map(({ topic, key }) => [topic, key])).toEqual([["mail", "1"]])
    const effects = await store.effectsOf(eventIds[0] as string)
    expect(effects.map(({ type }) => type)).toEqual(["started", "reserved"])
    const [started] = await store.readStream(fulfilment.category.stream("1")).toArray()
    expect(started?.metadata).toMatchObject({
      causationId: eventIds[0],
      correlationId: eventIds[0],
      source: { eventId: eventIds[0], position },
    })
  })

  it("has no second effect when its checkpoint is reset, also where it decided on nothing", async () => {
    await using scene = await open({ events: shopEvents })
    const { store } = scene
    await fill(store, "book", 5)
    await takeNote(store, "1")
    await placeOrder(store, "1", "book")
    await placeOrder(store, "2", "book", 9)
    await takeNote(store, "")
    const { position } = await pay(store, "1")
    const first = await scene.run(fulfilment)
    await first.waitFor(position)
    await first.stop()
    const before = await everything(store)
    expect(before.filter((event) => sourceHandled.is(event))).toHaveLength(1)
    await store.checkpoints.reset("fulfilment", 0)
    const second = await scene.run(fulfilment)
    await second.waitFor(await store.head())
    expect(await everything(store)).toEqual(before)
    expect(await store.outbox.read()).toHaveLength(2)
    expect(await deadlines(store)).toBe(0)
  })

  it("hears of a refusal and can decide on what follows", async () => {
    await using scene = await open()
    const { store } = scene
    await fill(store, "book", 1)
    const running = await scene.run(fulfilment)
    const { position } = await placeOrder(store, "1", "book", 2)
    await running.waitFor(position)
    expect(await processTypes(store, "1")).toEqual(["started", "rejected"])
    expect(await free(store, "book")).toBe(1)
    expect(await deadlines(store)).toBe(0)
  })

  it("fails, and has no effect at all, when a command is refused that it has no answer for", async () => {
    await using scene = await open()
    const { store } = scene
    const running = await scene.run(defineFulfilment({ answersRefusals: false, retry: { attempts: 1 } }))
    const before = await everything(store)
    await placeOrder(store, "1", "book")
    const failure = await running.done.catch((error: unknown) => error)
    expect(isAnnalsError((failure as Error).cause, "COMMAND_REFUSED")).toBe(true)
    expect(await everything(store)).toHaveLength(before.length + 1)
    expect([await store.outbox.read(), await deadlines(store)]).toEqual([[], 0])
  })

  it("ignores what comes after its end", async () => {
    await using scene = await open()
    const { store } = scene
    await fill(store, "book", 5)
    const running = await scene.run(fulfilment)
    await placeOrder(store, "1", "book")
    await pay(store, "1")
    await takeNote(store, "1")
    const { position } = await pay(store, "1")
    await running.waitFor(position)
    expect(await processTypes(store, "1")).toEqual(["started", "paid"])
  })

  it("hears what it records itself, and what its commands lead to, one after the other", async () => {
    await using scene = await open()
    const { store } = scene
    const running = await scene.run(pingPong)
    await createRepository(store, game).execute("1", "serve", { n: 1 })
    await eventually(async () => expect(await store.streamVersion(pingPong.category.stream("1"))).toBe(6))
    await running.waitFor(await store.head())
    const events = await store.readAll().toArray()
    expect(events.map(({ type, data }) => [type, (data as { n?: number }).n])).toEqual([
      ["served", 1],
      ["returned", 2],
      ["$source-handled", undefined],
      ["served", 3],
      ["returned", 4],
      ["$source-handled", undefined],
      ["served", 5],
      ["returned", 6],
      ["$source-handled", undefined],
    ])
  })

  it("acts for the tenant of the event, whichever it is", async () => {
    await using scene = await open()
    const { store } = scene
    const [red, blue] = [store.forTenant("red"), store.forTenant("blue")]
    for (const tenant of [red, blue]) await fill(tenant, "book", 5)
    const running = await scene.run(fulfilment)
    await placeOrder(red, "1", "book", 1)
    const { position } = await placeOrder(blue, "1", "book", 2)
    await running.waitFor(position)
    expect([await free(red, "book"), await free(blue, "book")]).toEqual([4, 3])
    expect(await store.streamVersion(fulfilment.category.stream("1"))).toBe(0)
    expect(await processTypes(red, "1")).toEqual(["started"])
  })

  it("gets a deadline when it is over, as an event of that time", async () => {
    const clock = createFakeClock()
    await using scene = await open({ clock })
    const { store } = scene
    await fill(store, "book", 5)
    await scene.run(fulfilment, longLease)
    const runner = scene.keep(createDeadlineRunner(store))
    await runner.start()
    const { recordedAt } = await placeOrder(store, "1", "book", 2)
    const dueAt = recordedAt + patienceMs
    await passTime(clock, () => runner.status().nextDueAt === dueAt)
    await jumpTo(clock, dueAt - 1)
    expect(runner.status().handled).toBe(0)
    await passTime(clock, async () => (await processTypes(store, "1")).length === 2)
    expect(await processTypes(store, "1")).toEqual(["started", "expired"])
    expect(await free(store, "book")).toBe(5)
    const [event] = (await everything(store)).filter(({ type }) => type === paymentOverdue.type)
    expect(event).toMatchObject({
      occurredAt: dueAt,
      stream: { category: "fulfilment.deadlines", id: "1" },
      data: { placedAt: recordedAt },
    })
    expect(await deadlines(store)).toBe(0)
  })

  it("ignores a deadline that it called off after it was over and before it came", async () => {
    const clock = createFakeClock()
    await using scene = await open({ clock })
    const { store } = scene
    await fill(store, "book", 5)
    const before = await scene.run(fulfilment, longLease)
    await placeOrder(store, "1", "book", 2)
    await passTime(clock, () => before.status().handled === 1)
    await before.stop()
    await pay(store, "1")
    await jumpTo(clock, clock.now() + patienceMs)
    const runner = scene.keep(createDeadlineRunner(store))
    await runner.start()
    expect(runner.status().handled).toBe(1)
    const after = await scene.run(fulfilment, longLease)
    await passTime(clock, () => after.status().handled === 2)
    expect(await processTypes(store, "1")).toEqual(["started", "paid"])
    expect(await free(store, "book")).toBe(3)
    expect(await deadlines(store)).toBe(0)
  })
})

/** Rows that are kept of deadlines. */
async function deadlines(store: EventStore): Promise<number> {
  const models = await Promise.all(
    ["$deadlines", "$deadlines.due"].map((model) => store.readModels.find(model)),
  )
  return models.flatMap(({ rows }) => rows).length
}

function everything(store: EventStore): Promise<RecordedEvent[]> {
  return store.readAll().toArray()
}
