import {
  createMemoryStore,
  createRepository,
  type Measurement,
  type MeasurementName,
  type Operation,
} from "@annals/core"
import { describe, expect, it } from "vitest"
import { type MetricDescription, metricCatalogue } from "../src/index.ts"
import { account, events } from "./bank.ts"
import { openTelemetry, type Point } from "./telemetry-scene.ts"

const bus = { bus: "redis", topic: "orders", group: "shipping" }
const [subscription, relay, subject] = [
  { subscription: "welcome" },
  { relay: "mail" },
  { subject: "account" },
]
const onBus = { "messaging.system.name": "redis", "messaging.destination.name": "orders" }
const ofBus = { ...onBus, "messaging.consumer.group.name": "shipping" }
const ofSubscription = { "annals.subscription": "welcome" }
const ofRelay = { "annals.relay": "mail" }
const ofSubject = { "annals.subject": "account" }

/** Each measurement twice, with 1,500, and what has to come of it. */
const cases: Readonly<Record<MeasurementName, readonly [Measurement["attributes"], string, Point]>> = {
  "bus.published": [
    { bus: "redis", topic: "orders" },
    "messaging.client.sent.messages",
    { value: 3_000, attributes: { ...onBus, "messaging.operation.name": "publish" } },
  ],
  "bus.handled": [bus, "annals.bus.handled", { value: 3_000, attributes: ofBus }],
  "bus.failed": [bus, "annals.bus.failures", { value: 3_000, attributes: ofBus }],
  "bus.retried": [bus, "annals.bus.retries", { value: 3_000, attributes: ofBus }],
  "bus.parked": [bus, "annals.bus.dead_letters", { value: 3_000, attributes: ofBus }],
  "subscription.handled": [
    subscription,
    "annals.subscription.events",
    { value: 3_000, attributes: ofSubscription },
  ],
  "subscription.failed": [
    subscription,
    "annals.subscription.failures",
    { value: 3_000, attributes: ofSubscription },
  ],
  "subscription.retried": [
    subscription,
    "annals.subscription.retries",
    { value: 3_000, attributes: ofSubscription },
  ],
  "subscription.parked": [
    subscription,
    "annals.subscription.dead_letters",
    { value: 3_000, attributes: ofSubscription },
  ],
  "subscription.lag.ms": [
    subscription,
    "annals.subscription.lag.time",
    { value: 1.5, attributes: ofSubscription },
  ],
  "subscription.lag.positions": [
    subscription,
    "annals.subscription.lag.positions",
    { value: 1_500, attributes: ofSubscription },
  ],
  "subscription.rate": [
    subscription,
    "annals.subscription.rate",
    { value: 1_500, attributes: ofSubscription },
  ],
  "subscription.slots": [
    subscription,
    "annals.subscription.slots",
    { value: 1_500, attributes: ofSubscription },
  ],
  "subscription.slots.gained": [
    subscription,
    "annals.lease.changes",
    { value: 3_000, attributes: { ...ofSubscription, "annals.lease.change": "gained" } },
  ],
  "subscription.slots.lost": [
    subscription,
    "annals.lease.changes",
    { value: 3_000, attributes: { ...ofSubscription, "annals.lease.change": "lost" } },
  ],
  "outbox.sent": [relay, "annals.outbox.messages", { value: 3_000, attributes: ofRelay }],
  "outbox.failed": [relay, "annals.outbox.failures", { value: 3_000, attributes: ofRelay }],
  "outbox.retried": [relay, "annals.outbox.retries", { value: 3_000, attributes: ofRelay }],
  "outbox.parked": [relay, "annals.outbox.dead_letters", { value: 3_000, attributes: ofRelay }],
  "outbox.lag.ms": [relay, "annals.outbox.lag.time", { value: 1.5, attributes: ofRelay }],
  "snapshot.hit": [subject, "annals.snapshot.hits", { value: 3_000, attributes: ofSubject }],
  "snapshot.missed": [
    { ...subject, reason: "missing" },
    "annals.snapshot.misses",
    { value: 3_000, attributes: { ...ofSubject, "annals.snapshot.reason": "missing" } },
  ],
  "snapshot.taken": [subject, "annals.snapshot.taken", { value: 3_000, attributes: ofSubject }],
  "snapshot.failed": [subject, "annals.snapshot.failures", { value: 3_000, attributes: ofSubject }],
  "snapshot.dropped": [subject, "annals.snapshot.dropped", { value: 3_000, attributes: ofSubject }],
  "snapshot.verified": [subject, "annals.snapshot.verified", { value: 3_000, attributes: ofSubject }],
}

describe("metrics", () => {
  it("come of every measurement, with names, units and attributes of the catalogue", async () => {
    await using telemetry = openTelemetry()
    for (const [name, [attributes = {}]] of Object.entries(cases)) {
      for (let turn = 0; turn < 2; turn++) {
        telemetry.observer.record({ name: name as MeasurementName, value: 1_500, attributes })
      }
    }
    const metrics = await telemetry.metrics()
    for (const [, metric, point] of Object.values(cases)) {
      expect(metrics.get(metric), metric).toContainEqual(point)
    }
  })

  it("come of every operation, how it ended included", async () => {
    await using telemetry = openTelemetry()
    const conflict = Object.assign(new Error(), { name: "AnnalsError", code: "VERSION_CONFLICT" })
    const observe = async (name: Operation["name"], about: Partial<Operation>, error?: unknown) => {
      const run = () => (error === undefined ? Promise.resolve() : Promise.reject(error))
      await telemetry.observer.around({ name, metadata: {}, ...about }, run).catch(() => {})
    }
    const append = { system: "sqlite", category: "account", eventCount: 3 }
    await observe("append", append)
    await observe("append", append, conflict)
    await observe("append", append, new RangeError())
    await observe("read", append)
    await observe("execute", { subject: "account", command: "deposit" })
    const refused = Object.assign(new Error(), { name: "AnnalsError", code: "COMMAND_REFUSED" })
    await observe("execute", { subject: "account", command: "deposit" }, refused)
    await observe("execute", { subject: "account", command: "deposit" }, AbortSignal.abort().reason)
    await observe("load", { subject: "account" })
    await observe("snapshot", { subject: "account" })
    const topic = { system: "redis", destination: "orders" }
    await observe("publish", topic)
    await observe("receive", { ...topic, subject: "shipping", category: "account" })
    await observe("retry", { ...topic, subject: "shipping", category: "account" })
    await observe("handle", { subject: "welcome", eventTypes: ["t"] })
    await observe("relay", { subject: "mail" })
    await observe("page", { subject: "welcome" })
    for (const name of ["retry", "park", "lease"] as const) await observe(name, { subject: "untimed" })
    const metrics = await telemetry.metrics()
    const of = (name: string) =>
      metrics.get(name)?.map(({ attributes, count, value }) => [attributes, count ?? value])
    const db = { "db.system.name": "sqlite", "db.operation.name": "append" }
    expect(of("db.client.operation.duration")).toEqual([
      [db, 1],
      [{ ...db, "annals.outcome": "conflict" }, 1],
      [{ ...db, "error.type": "RangeError" }, 1],
      [{ ...db, "db.operation.name": "read" }, 1],
    ])
    const account = { "db.system.name": "sqlite", "annals.subject": "account" }
    expect(of("annals.append.events")).toEqual([[account, 1]])
    expect(of("annals.append.conflicts")).toEqual([[{ ...account, "annals.conflict": "version" }, 1]])
    expect(of("annals.read.events")).toEqual([[{ "db.system.name": "sqlite" }, 3]])
    const deposit = { ...ofSubject, "annals.command": "deposit" }
    expect(of("annals.execute.duration")).toEqual([
      [deposit, 1],
      [{ ...deposit, "annals.outcome": "refused" }, 1],
      [{ ...deposit, "annals.outcome": "aborted" }, 1],
    ])
    expect(of("annals.load.duration")).toEqual([[ofSubject, 1]])
    expect(of("annals.snapshot.duration")).toEqual([[ofSubject, 1]])
    const named = (name: string) => ({ "messaging.operation.name": name })
    expect(of("messaging.client.operation.duration")).toEqual([[{ ...onBus, ...named("publish") }, 1]])
    expect(of("messaging.process.duration")).toEqual([
      [{ ...ofBus, ...named("process") }, 1],
      [{ ...ofBus, ...named("retry") }, 1],
    ])
    expect(of("messaging.client.consumed.messages")).toEqual([[{ ...ofBus, ...named("process") }, 1]])
    expect(of("annals.subscription.handler.duration")).toEqual([
      [{ "annals.operation": "handle", ...ofSubscription }, 1],
      [{ "annals.operation": "relay", ...ofRelay }, 1],
    ])
    expect(of("annals.subscription.pages")).toEqual([[ofSubscription, 1]])
    const told = new Set([...metrics.keys(), ...Object.values(cases).map(([, metric]) => metric)])
    expect([...told].toSorted()).toEqual(Object.keys(metricCatalogue).toSorted())
  })

  it("have the buckets of the catalogue: the SDK's own are for milliseconds", async () => {
    await using telemetry = openTelemetry()
    const names = ["append", "execute", "load", "snapshot", "publish", "receive", "handle"] as const
    for (const name of names)
      await telemetry.observer.around({ name, eventCount: 1, metadata: {} }, async () => {})
    const catalogue: Readonly<Record<string, MetricDescription>> = metricCatalogue
    const metrics = await telemetry.metrics()
    for (const [name, { buckets }] of Object.entries(catalogue)) {
      if (buckets !== undefined) expect(metrics.get(name)?.[0]?.bounds, name).toEqual(buckets)
    }
  })

  it("hold no nonsense", async () => {
    await using telemetry = openTelemetry()
    const record = (name: string, value: number) =>
      telemetry.observer.record({ name: name as MeasurementName, value, attributes: relay })
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 2]) record("outbox.sent", value)
    for (const value of [5_000, Number.NaN]) record("outbox.lag.ms", value)
    for (const name of ["unheard.of", "toString", "__proto__"]) record(name, 1)
    const metrics = await telemetry.metrics()
    expect([...metrics].map(([name, [point]]) => [name, point?.value])).toEqual([
      ["annals.outbox.messages", 2],
      ["annals.outbox.lag.time", 5],
    ])
  })

  it("leave its value to what came in time, and are given no long one", async () => {
    await using telemetry = openTelemetry({ maxAttributeValues: 2 })
    const names = ["first", "x".repeat(201), "second", "third", "second", "first"]
    for (const relay of names)
      telemetry.observer.record({ name: "outbox.sent", value: 1, attributes: { relay } })
    const points = (await telemetry.metrics()).get("annals.outbox.messages")
    expect(points?.map(({ attributes, value }) => [attributes["annals.relay"], value])).toEqual([
      ["first", 2],
      ["_OTHER", 2],
      ["second", 2],
    ])
  })

  it("are one for all tenants, and one for each of so many where that is asked for", async () => {
    for (const [tenant, expected] of [
      [false, [[undefined, 3_000]]],
      [
        true,
        [
          ["north", 1_000],
          ["south", 0],
          ["_OTHER", 3_000],
        ],
      ],
    ] as const) {
      await using telemetry = openTelemetry({ include: { tenant }, maxAttributeValues: 2 })
      const record = (name: MeasurementName, tenant: string, value: number) =>
        telemetry.observer.record({ name, value, attributes: { ...subscription, tenant } })
      record("subscription.lag.positions", "north", 1_000)
      record("subscription.lag.positions", "south", 0)
      record("subscription.lag.positions", "east", 2_000)
      record("subscription.lag.positions", "west", 3_000)
      const points = (await telemetry.metrics()).get("annals.subscription.lag.positions")
      expect(points?.map(({ attributes, value }) => [attributes["annals.tenant"], value])).toEqual(expected)
      for (const point of points ?? []) expect(point.attributes).toMatchObject(ofSubscription)
    }
  })

  it("hold every attribute to so many values", async () => {
    await using telemetry = openTelemetry({ maxAttributeValues: 3 })
    for (let index = 0; index < 50; index++) {
      const operation: Operation = {
        name: "execute",
        subject: `s${index}`,
        command: `c${index}`,
        metadata: {},
      }
      const error = Object.assign(new Error(), { name: `E${index}` })
      await telemetry.observer.around(operation, () => Promise.reject(error)).catch(() => {})
      telemetry.observer.record({ name: "outbox.sent", value: 1, attributes: { relay: `r${index}` } })
    }
    for (const [name, points] of await telemetry.metrics()) {
      expect(points.length, name).toBe(4)
      for (const attribute of Object.keys(points[0]?.attributes ?? {})) {
        expect(new Set(points.map(({ attributes }) => attributes[attribute])).size).toBe(4)
        expect(points.at(-1)?.attributes[attribute]).toBe("_OTHER")
      }
    }
  })

  it("give commands that nobody defined no place", async () => {
    await using telemetry = openTelemetry({ maxAttributeValues: 3 })
    await using store = createMemoryStore({ observer: telemetry.observer, events })
    const accounts = createRepository(store, account)
    for (let index = 0; index < 50; index++) {
      await accounts.execute("a", `c${index}` as "deposit", { cents: 1 }).catch(() => {})
    }
    await accounts.execute("a", "deposit", { cents: 1 })
    const commands = (await telemetry.metrics())
      .get("annals.execute.duration")
      ?.map(({ attributes }) => attributes)
    expect(commands).toEqual([
      { ...ofSubject, "annals.command": "_OTHER", "error.type": "UNKNOWN_COMMAND" },
      { ...ofSubject, "annals.command": "deposit" },
    ])
  })
})
