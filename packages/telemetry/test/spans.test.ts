import {
  createMemoryBus,
  createMemoryStore,
  createRepository,
  type EventStore,
  type Operation,
  type RecordedEvent,
} from "@annals/core"
import { createOutboxRelay, createSubscription, defineRelay, defineSubscription } from "@annals/subscriptions"
import { createFakeClock } from "@annals/testing"
import { SpanStatusCode } from "@opentelemetry/api"
import type { ReadableSpan } from "@opentelemetry/sdk-trace"
import { describe, expect, it } from "vitest"
import { commonSpanAttributes, type SpanDescription, spanCatalogue } from "../src/index.ts"
import { account, accountStream, deposited, events, letterStream, until, welcomed } from "./bank.ts"
import { describeStores } from "./stores.ts"
import { openTelemetry, shown, type TelemetryScene } from "./telemetry-scene.ts"

const destinationName = "messaging.destination.name"
const catalogue: readonly SpanDescription[] = Object.values(spanCatalogue)

/** The entries of the catalogue that a span is like. */
function entriesOf({ name, kind, attributes }: ReturnType<typeof shown>): readonly SpanDescription[] {
  const [verb] = name.split(" ")
  return catalogue.filter(
    (entry) =>
      entry.name.split(" ")[0] === verb &&
      entry.kind === kind &&
      Object.keys(attributes).every((key) => [...entry.attributes, ...commonSpanAttributes].includes(key)),
  )
}

function checkCatalogued(spans: readonly ReadableSpan[]): void {
  for (const span of spans.map(shown)) {
    if (span.attributes["annals.operation"] === undefined) continue // the application's own
    expect(entriesOf(span), JSON.stringify(span)).not.toEqual([])
  }
}

describeStores("spans", (open) => {
  it("tell of commands, loads, reads and appends by the conventions", async () => {
    await using telemetry = openTelemetry()
    await using store = open(telemetry.observer)
    const accounts = createRepository(store, account)
    await accounts.execute("alice", "deposit", { cents: 5 })
    const system = store.name
    expect(telemetry.spans().map(shown)).toEqual([
      {
        name: "read account",
        kind: "CLIENT",
        status: "UNSET",
        attributes: {
          "annals.operation": "read",
          "db.system.name": system,
          "db.operation.name": "read",
          "db.collection.name": "account",
          "annals.event.count": 0,
        },
      },
      {
        name: "load account",
        kind: "INTERNAL",
        status: "UNSET",
        attributes: { "annals.operation": "load", "annals.subject": "account" },
      },
      {
        name: "append account",
        kind: "CLIENT",
        status: "UNSET",
        attributes: {
          "annals.operation": "append",
          "db.system.name": system,
          "db.operation.name": "append",
          "db.collection.name": "account",
          "annals.event.count": 1,
          "annals.event.types": ["deposited"],
        },
      },
      {
        name: "execute account.deposit",
        kind: "INTERNAL",
        status: "UNSET",
        attributes: {
          "annals.operation": "execute",
          "annals.subject": "account",
          "annals.command": "deposit",
        },
      },
    ])
  })

  it("say of what is answered without a result how it ended, and of failures why", async () => {
    await using telemetry = openTelemetry()
    await using store = open(telemetry.observer)
    const accounts = createRepository(store, account)
    const ended = async (name: string, run: () => Promise<unknown>) => {
      telemetry.reset()
      await run().catch(() => {})
      const { attributes, status } = telemetry.one(name)
      const { "annals.outcome": outcome, "error.type": error } = attributes
      return [outcome ?? error, SpanStatusCode[status.code]]
    }
    const [stream, event] = [accountStream("a"), deposited({ cents: 1 })]
    const execute = (command: string, cents: number, signal?: AbortSignal) =>
      accounts.execute("a", command as "deposit", { cents }, signal && { signal })
    expect(await ended("execute account.deposit", () => execute("deposit", -1))).toEqual(["refused", "UNSET"])
    expect(await ended("execute account._OTHER", () => execute("s3cret", 1))).toEqual([
      "UNKNOWN_COMMAND",
      "ERROR",
    ])
    expect(await ended("load account", () => accounts.load("nobody"))).toEqual(["not-found", "UNSET"])
    const conflict = () => store.append(stream, [event], { expected: 7 })
    expect(await ended("append account", conflict)).toEqual(["conflict", "UNSET"])
    const invalid = () => store.append(stream, [{ type: "s3cret", data: {} } as never])
    expect(await ended("append account", invalid)).toEqual(["UNKNOWN_EVENT_TYPE", "ERROR"])
    const aborted = () => execute("deposit", 1, AbortSignal.abort())
    expect(await ended("execute account.deposit", aborted)).toEqual(["aborted", "UNSET"])
  })
})

async function recordedIn(store: EventStore) {
  const recorded: RecordedEvent[] = []
  for await (const event of store.readAll()) recorded.push(event)
  return recorded
}

async function relayAll(store: EventStore, telemetry: TelemetryScene): Promise<void> {
  await using bus = createMemoryBus({ observer: telemetry.observer })
  await bus.subscribe({ group: "shipping", handler: () => {} })
  await using relay = createSubscription(store, defineRelay("out", { bus }))
  await relay.start()
  await until(() => telemetry.named("process annals").length === 1)
}

describe("spans", () => {
  it("tell of relays, publishing and receiving by the conventions", async () => {
    await using telemetry = openTelemetry()
    await using store = createMemoryStore({ observer: telemetry.observer, events })
    await store.append(accountStream("a"), [deposited({ cents: 1 })])
    await relayAll(store, telemetry)
    const messaging = { "annals.event.count": 1, "annals.event.types": ["deposited"] }
    expect(shown(telemetry.one("relay out"))).toEqual({
      name: "relay out",
      kind: "CONSUMER",
      status: "UNSET",
      attributes: {
        ...messaging,
        "annals.operation": "relay",
        "messaging.system.name": "annals",
        "messaging.operation.name": "relay",
        "messaging.operation.type": "process",
        "annals.subscription": "out",
        "annals.category": "account",
      },
    })
    expect(shown(telemetry.one("publish annals"))).toMatchObject({
      kind: "PRODUCER",
      attributes: {
        ...messaging,
        "messaging.system.name": "memory",
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
        "messaging.destination.name": "annals",
      },
    })
    expect(shown(telemetry.one("process annals"))).toMatchObject({
      kind: "CONSUMER",
      attributes: {
        ...messaging,
        "annals.operation": "receive",
        "messaging.system.name": "memory",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "annals",
        "messaging.consumer.group.name": "shipping",
      },
    })
    checkCatalogued(telemetry.spans())
  })

  it("tell of retries and parking, of a subscription and of a bus", async () => {
    await using telemetry = openTelemetry()
    await using store = createMemoryStore({ observer: telemetry.observer, events })
    const fail = () => {
      throw new TypeError("s3cret")
    }
    const failing = defineSubscription("failing", {
      events: [deposited],
      onFailure: "park",
      retry: { attempts: 2, delayMs: 1 },
      handle: fail,
    })
    await using subscription = createSubscription(store, failing)
    await subscription.start()
    await store.append(accountStream("a"), [deposited({ cents: 1 })])
    await until(() => telemetry.named("park failing").length === 1)
    await subscription.stop()
    expect(
      telemetry.named("process failing").map(({ status, attributes }) => [status, attributes["error.type"]]),
    ).toEqual([
      [{ code: SpanStatusCode.ERROR }, "TypeError"],
      [{ code: SpanStatusCode.ERROR }, "TypeError"],
    ])
    expect(telemetry.named("retry failing").map((span) => shown(span).kind)).toEqual(["INTERNAL"])
    await using bus = createMemoryBus({ observer: telemetry.observer })
    await bus.subscribe({
      group: "shipping",
      handler: fail,
      retry: { attempts: 2, delayMs: 1 },
      deadLetters: store.deadLetters,
    })
    const recorded = await recordedIn(store)
    await bus.publish(recorded)
    await until(() => telemetry.named("park annals").length === 1)
    expect(telemetry.one("park annals").attributes).toMatchObject({
      "messaging.system.name": "memory",
      "messaging.destination.name": "annals",
      "messaging.consumer.group.name": "shipping",
    })
    expect(telemetry.one("park failing").attributes).toMatchObject({ "annals.subscription": "failing" })
    const append = telemetry.one("append account").spanContext()
    for (const name of ["retry failing", "park failing", "process annals", "retry annals", "park annals"]) {
      expect(telemetry.one(name).parentSpanContext?.spanId ?? "").toBe(append.spanId)
    }
    checkCatalogued(telemetry.spans())
  })

  it("tell of an outbox's relay, in the trace that a message's headers carry", async () => {
    await using telemetry = openTelemetry()
    await using store = createMemoryStore({ observer: telemetry.observer, events })
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await store.outbox.add([
      { id: crypto.randomUUID(), topic: "t", key: "k", body: "s3cret", headers: { traceparent } },
    ])
    await using relay = createOutboxRelay(store, { name: "mail", send: async () => {} })
    await relay.start()
    await until(() => telemetry.named("relay mail").length === 1)
    const { attributes, parentSpanContext } = telemetry.one("relay mail")
    expect(parentSpanContext?.spanId).toBe("b7ad6b7169203331")
    expect(attributes).toMatchObject({ "annals.relay": "mail", "annals.event.count": 1 })
    checkCatalogued(telemetry.spans())
  })

  it("tell apart the topics of one group, and of one that isn't told nothing", async () => {
    await using telemetry = openTelemetry()
    const topics = ["orders", "parcels", undefined, "orders"]
    for (const name of ["publish", "receive", "retry", "park"] as const) {
      for (const destination of topics) {
        const about = { system: "redis", ...(destination !== undefined && { destination }) }
        const event = { category: "account", eventTypes: ["deposited"], eventCount: 1 }
        const operation: Operation = { name, ...about, subject: "shipping", ...event, metadata: {} }
        await telemetry.observer.around(operation, async () => {})
      }
    }
    const told = telemetry.spans().map(({ name, attributes }) => [name, attributes[destinationName]])
    const expected = ["publish", "process", "retry", "park"].flatMap((verb) =>
      topics.map((topic) => [topic === undefined ? verb : `${verb} ${topic}`, topic]),
    )
    expect(told).toEqual(expected)
  })

  it("have few names and short ones, whatever categories, commands and types there are", async () => {
    await using telemetry = openTelemetry()
    const observe = (about: Partial<Operation>) =>
      telemetry.observer.around({ name: "append", metadata: {}, ...about }, async () => {})
    const long = "x".repeat(1_000)
    await observe({ name: "execute", subject: long, command: long })
    expect(telemetry.spans()[0]?.name.length).toBe(200)
    telemetry.reset()
    for (let index = 0; index < 3_000; index++) await observe({ category: `c${index}` })
    const names = new Set(telemetry.spans().map(({ name }) => name))
    expect(names.size).toBe(2_000) // with that of the rest
    expect(names).toContain("append")
    telemetry.reset()
    const eventTypes = Array.from({ length: 1_000 }, (_, index) => `${index % 40}${long}`)
    await observe({ eventTypes })
    await observe({ eventTypes: eventTypes.slice(0, 1) })
    const told = telemetry.spans().map(({ attributes }) => attributes["annals.event.types"] as string[])
    expect(told.map((types) => types.length)).toEqual([20, 1])
    for (const type of told.flat()) expect(type.length).toBe(200)
  })

  it("aren't made by who polls and finds nothing", async () => {
    await using telemetry = openTelemetry()
    const clock = createFakeClock()
    await using store = createMemoryStore({ observer: telemetry.observer, events, clock })
    const seen: string[] = []
    const idle = defineSubscription("idle", {
      events: [welcomed],
      handle: ({ type }) => void seen.push(type),
    })
    await using subscription = createSubscription(store, idle)
    await subscription.start()
    for (let minute = 0; minute < 5; minute++) await clock.advance(60_000)
    const pages = async () => (await telemetry.metrics()).get("annals.subscription.pages")?.[0]?.value ?? 0
    await until(() => subscription.status().state === "live")
    expect(await pages()).toBeGreaterThan(0)
    expect(telemetry.spans().filter(({ name }) => /^(read|page)/.test(name))).toEqual([])
    await store.append(letterStream("a"), [welcomed({ account: "a" })])
    await until(() => seen.length === 1)
    await until(() => telemetry.named("page idle").length === 1)
    const [page, read] = [telemetry.one("page idle"), telemetry.one("read")]
    expect(page.attributes).toMatchObject({ "annals.subscription": "idle", "annals.event.count": 1 })
    expect(read.parentSpanContext?.spanId).toBe(page.spanContext().spanId)
    expect(page.parentSpanContext).toBeUndefined()
    const [began, readBegan, readEnded, ended] = [
      page.startTime,
      read.startTime,
      read.endTime,
      page.endTime,
    ].map(([seconds, nanoseconds]) => seconds * 1_000 + nanoseconds / 1_000_000) as [
      number,
      number,
      number,
      number,
    ]
    expect([began <= readBegan, readBegan <= readEnded, readEnded <= ended]).toEqual([true, true, true])
  })
})
