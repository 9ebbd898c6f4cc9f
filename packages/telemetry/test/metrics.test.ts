import type { Measurement, MeasurementName, Operation } from "@annals/core"
import { describe, expect, it } from "vitest"
import { metricCatalogue } from "../src/index.ts"
import { openTelemetry, type Point } from "./telemetry-scene.ts"

const bus = { bus: "redis", group: "shipping" }
const [subscription, relay, subject] = [
  { subscription: "welcome" },
  { relay: "mail" },
  { subject: "account" },
]
const ofBus = { "messaging.system.name": "redis", "messaging.consumer.group.name": "shipping" }
const ofSubscription = { "annals.subscription": "welcome" }
const ofRelay = { "annals.relay": "mail" }
const ofSubject = { "annals.subject": "account" }

/** Each measurement twice, with 1,500, and what has to come of it. */
const cases: Readonly<Record<MeasurementName, readonly [Measurement["attributes"], string, Point]>> = {
  "bus.published": [
    { bus: "redis" },
    "messaging.client.sent.messages",
    { value: 3_000, attributes: { "messaging.system.name": "redis", "messaging.operation.name": "publish" } },
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
    await observe("load", { subject: "account" })
    await observe("snapshot", { subject: "account" })
    await observe("publish", { system: "redis" })
    await observe("receive", { system: "redis", subject: "shipping", category: "account" })
    await observe("retry", { system: "redis", subject: "shipping", category: "account" })
    await observe("handle", { subject: "welcome", eventTypes: ["t"] })
    await observe("relay", { subject: "mail" })
    await observe("page", { subject: "welcome" })
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
    expect(of("annals.execute.duration")).toEqual([[{ ...ofSubject, "annals.command": "deposit" }, 1]])
    expect(of("annals.load.duration")).toEqual([[ofSubject, 1]])
    expect(of("annals.snapshot.duration")).toEqual([[ofSubject, 1]])
    const named = (name: string) => ({ "messaging.operation.name": name })
    expect(of("messaging.client.operation.duration")).toEqual([
      [{ "messaging.system.name": "redis", ...named("publish") }, 1],
    ])
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
    const unknown = Object.assign(new Error(), { name: "AnnalsError", code: "UNKNOWN_COMMAND" })
    for (let index = 0; index < 50; index++) {
      const operation: Operation = { name: "execute", subject: "account", command: `c${index}`, metadata: {} }
      await telemetry.observer.around(operation, () => Promise.reject(unknown)).catch(() => {})
    }
    const known: Operation = { name: "execute", subject: "account", command: "deposit", metadata: {} }
    await telemetry.observer.around(known, async () => {})
    const commands = (await telemetry.metrics())
      .get("annals.execute.duration")
      ?.map(({ attributes }) => attributes)
    expect(commands).toEqual([
      { ...ofSubject, "annals.command": "_OTHER", "error.type": "UNKNOWN_COMMAND" },
      { ...ofSubject, "annals.command": "deposit" },
    ])
  })
})
