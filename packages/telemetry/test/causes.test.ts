import { createMemoryBus, createMemoryStore, createRepository, type } from "@annals/core"
import {
  createSubscription,
  defineDocumentProjection,
  defineReadModel,
  defineRelay,
  defineSubscription,
  inline,
} from "@annals/subscriptions"
import { expect, it } from "vitest"
import { account, accountStream, deposited, letterStream, until, welcomed } from "./bank.ts"
import { describeStores } from "./stores.ts"
import { idOf, openTelemetry, parentOf, traceparentOf } from "./telemetry-scene.ts"

const totals = defineDocumentProjection("totals", {
  into: defineReadModel("totals", type<{ cents: number }>()),
  events: [deposited],
  initial: () => ({ cents: 0 }),
  on: {
    deposited: (total, { data }) => {
      total.cents += data.cents
    },
  },
})

it("a repository's own observer gives its commands' events their context, on a store without one", async () => {
  await using telemetry = openTelemetry()
  await using store = createMemoryStore()
  const accounts = createRepository(store, account, { observer: telemetry.observer })
  await telemetry.inSpan("request", () => accounts.execute("alice", "deposit", { cents: 5 }))
  expect(telemetry.tree()).toEqual(["request (execute account.deposit (load account))"])
  const [event] = await store.readAll().toArray()
  expect(event?.metadata.traceparent).toBe(traceparentOf(telemetry.one("execute account.deposit")))
})

describeStores("parents and links", (open) => {
  it("lead from a request to what its events set off, by the events' metadata", async () => {
    await using telemetry = openTelemetry()
    await using store = open(telemetry.observer)
    const accounts = createRepository(store, account)
    const welcome = defineSubscription("welcome", {
      events: [deposited],
      handle: async ({ stream }) => {
        await new Promise(setImmediate)
        await telemetry.inSpan("write letter", async () => {
          await store.append(letterStream(stream.id), [welcomed({ account: stream.id })])
        })
      },
    })
    await using subscription = createSubscription(store, welcome)
    // Who started it is nobody's parent.
    await telemetry.inSpan("start", () => subscription.start())
    await telemetry.inSpan("request", () => accounts.execute("alice", "deposit", { cents: 5 }))
    await subscription.waitFor(await store.head())
    await until(() => telemetry.named("process welcome").length === 1)
    expect(telemetry.tree()).toContain(
      "request (execute account.deposit (load account (read account), append account (process welcome (write letter (append letter)))))",
    )
    const carried: (string | undefined)[] = []
    for await (const { metadata } of store.readAll()) carried.push(metadata.traceparent)
    expect(carried).toEqual(
      ["append account", "append letter"].map((name) => traceparentOf(telemetry.one(name))),
    )
  })

  it("lead across a bus, through a relay that sends events one by one", async () => {
    await using telemetry = openTelemetry()
    await using store = open(telemetry.observer)
    await using bus = createMemoryBus({ observer: telemetry.observer })
    await bus.subscribe({ group: "shipping", handler: () => telemetry.inSpan("ship", async () => {}) })
    await using relay = createSubscription(store, defineRelay("out", { bus }))
    await relay.start()
    await store.append(accountStream("a"), [deposited({ cents: 1 })])
    await until(() => telemetry.named("process annals").length === 1)
    await relay.stop()
    expect(telemetry.tree()).toContain("append account (relay out (publish annals (process annals (ship))))")
  })

  it("link a batch to all that its events are of, and each event to the batch that it was sent in", async () => {
    await using telemetry = openTelemetry()
    await using store = open(telemetry.observer)
    await using bus = createMemoryBus({ observer: telemetry.observer })
    await bus.subscribe({ group: "shipping", handler: () => {} })
    for (const id of ["a", "b", "c"]) await store.append(accountStream(id), [deposited({ cents: 1 })])
    await using relay = createSubscription(store, defineRelay("out", { bus }))
    await relay.start()
    await until(() => telemetry.named("process annals").length === 3)
    await relay.stop()
    const appends = telemetry.named("append account")
    const relayed = telemetry.one("relay out")
    expect(parentOf(relayed)).toBeUndefined()
    expect(relayed.links.map(({ context }) => context.spanId)).toEqual(appends.map(idOf))
    expect(relayed.attributes).toMatchObject({ "messaging.batch.message_count": 3 })
    const published = telemetry.one("publish annals")
    expect(parentOf(published)).toBe(idOf(relayed))
    const received = telemetry.named("process annals")
    expect(received.map(parentOf).sort()).toEqual(appends.map(idOf).sort())
    for (const { links } of received)
      expect(links.map(({ context }) => context.spanId)).toEqual([idOf(published)])
  })

  it("lead on in the trace of a batch's events where they are of one, and link those that aren't the parent", async () => {
    await using telemetry = openTelemetry()
    await using store = open(telemetry.observer)
    await telemetry.inSpan("request", async () => {
      for (const id of ["a", "b"]) await store.append(accountStream(id), [deposited({ cents: 1 })])
    })
    const all = defineSubscription("all", { events: [deposited], handleBatch: () => {} })
    await using subscription = createSubscription(store, all)
    await subscription.start()
    await subscription.waitFor(await store.head())
    expect(telemetry.tree()).toContain("request (append account, append account (process all))")
    const [first] = telemetry.named("append account").map(idOf)
    expect(telemetry.one("process all").links.map(({ context }) => context.spanId)).toEqual([first])
  })

  it("link at most 128 events, each trace context once", async () => {
    await using telemetry = openTelemetry()
    await using store = open(telemetry.observer)
    for (let index = 0; index < 140; index++) {
      await store.append(accountStream(`a${index}`), [deposited({ cents: 1 }), deposited({ cents: 2 })])
    }
    const all = defineSubscription("all", { events: [deposited], pageSize: 500, handleBatch: () => {} })
    await using subscription = createSubscription(store, all)
    await subscription.start()
    await subscription.waitFor(await store.head())
    const links = telemetry
      .named("process all")
      .flatMap((span) => span.links.map(({ context }) => context.spanId))
    expect([links.length, new Set(links).size]).toEqual([128, 128])
  })

  it("link what is sampled first, where there are more than 128", async () => {
    await using telemetry = openTelemetry()
    await using store = open(telemetry.observer)
    const traceparent = (index: number) => {
      const [traceId, flags] = [String(index).padStart(32, "a"), index >= 190 ? "01" : "00"]
      return `00-${traceId}-b7ad6b7169203331-${flags}`
    }
    const recorded = Array.from({ length: 200 }, (_, index) =>
      deposited({ cents: 1 }, { metadata: { traceparent: traceparent(index) } }),
    )
    await store.append(accountStream("a"), recorded)
    const all = defineSubscription("all", { events: [deposited], pageSize: 500, handleBatch: () => {} })
    await using subscription = createSubscription(store, all)
    await subscription.start()
    await subscription.waitFor(await store.head())
    const links = telemetry.one("process all").links.map(({ context }) => context.traceFlags)
    expect([links.length, links.filter((flags) => flags === 1).length]).toEqual([128, 10])
  })

  it("keep an inline projection in its append, also among appends at the same time", async () => {
    await using telemetry = openTelemetry()
    await using store = open(telemetry.observer)
    const before = inline(totals)
    await telemetry.inSpan("request", async () => {
      await Promise.all(
        ["a", "b", "c"].map((id) => store.append(accountStream(id), [deposited({ cents: 1 })], { before })),
      )
    })
    const appends = telemetry.named("append account").map(idOf)
    const projected = telemetry.named("project totals")
    expect(projected.map(parentOf).sort()).toEqual(appends.sort())
    for (const { links } of projected) expect(links).toEqual([])
  })

  it("begin anew for an event that carries none, and take up the trace of one recorded elsewhere", async () => {
    await using telemetry = openTelemetry()
    await using store = open(telemetry.observer)
    const [traceId, spanId] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"]
    const traceparent = `00-${traceId}-${spanId}-01`
    const tracestate = "vendor=1,other=2"
    await store.append(accountStream("a"), [
      deposited({ cents: 1 }, { metadata: { traceparent, tracestate } }),
    ])
    await store.append(accountStream("b"), [
      deposited({ cents: 1 }, { metadata: { traceparent: "nonsense" } }),
    ])
    const all = defineSubscription("all", { events: [deposited], handle: () => {} })
    await using subscription = createSubscription(store, all)
    await telemetry.inSpan("start", () => subscription.start())
    await subscription.waitFor(await store.head())
    const [first, second] = telemetry.named("process all")
    expect(first?.parentSpanContext).toMatchObject({ traceId, spanId, isRemote: true })
    expect(first?.spanContext().traceState?.serialize()).toBe(tracestate)
    expect(second?.parentSpanContext).toBeUndefined()
  })

  it("leave no tracestate to what is recorded in another trace", async () => {
    await using telemetry = openTelemetry()
    await using store = open(telemetry.observer)
    const metadata = { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, tracestate: "vendor=1" }
    await store.append(accountStream("a"), [deposited({ cents: 1 }, { metadata })])
    const tracer = telemetry.tracerProvider.getTracer("own")
    const copying = defineSubscription("copying", {
      events: [deposited],
      handle: async ({ stream }) => {
        if (stream.id !== "a") return
        await store.append(accountStream("same"), [deposited({ cents: 1 })])
        await tracer.startActiveSpan("own", { root: true }, async (span) => {
          await store.append(accountStream("other"), [deposited({ cents: 1 })])
          span.end()
        })
      },
    })
    await using subscription = createSubscription(store, copying)
    await subscription.start()
    await subscription.waitFor(1)
    const [same] = await store.readStream(accountStream("same")).toArray()
    expect(same?.metadata).toMatchObject({ tracestate: "vendor=1" })
    const [other] = await store.readStream(accountStream("other")).toArray()
    expect(other?.metadata.traceparent).toContain(telemetry.one("own").spanContext().traceId)
    expect(other?.metadata.tracestate).toBe("")
  })
})
