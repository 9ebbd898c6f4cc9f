import type { Measurement, MeasurementName } from "@annals/core"
import { type Attributes, ROOT_CONTEXT } from "@opentelemetry/api"
import type { BoundedValues } from "./bounded-values.ts"
import type { Instruments } from "./current-instruments.ts"
import { heldAttributes, type Values } from "./measured-attributes.ts"
import type { MetricName } from "./metric-catalogue.ts"
import { own, standard } from "./semantic-conventions.ts"
import type { Include } from "./span-details.ts"

/** What becomes of a measurement. */
interface Target {
  readonly metric: MetricName
  /** The metric's attributes by the measurement's. */
  readonly attributes: Readonly<Record<string, string>>
  readonly fixed?: Values
  /** Default 1. */
  readonly factor?: number
}

const bus = {
  bus: standard.messagingSystem,
  topic: standard.messagingDestination,
  group: standard.messagingGroup,
}
const subscription = { subscription: own.subscription }
const relay = { relay: own.relay }
const subject = { subject: own.subject }
const secondsPerMs = 0.001

const targets: Readonly<Record<MeasurementName, Target>> = {
  "bus.published": {
    metric: "messaging.client.sent.messages",
    attributes: bus,
    fixed: { [standard.messagingOperation]: "publish" },
  },
  "bus.handled": { metric: "annals.bus.handled", attributes: bus },
  "bus.failed": { metric: "annals.bus.failures", attributes: bus },
  "bus.retried": { metric: "annals.bus.retries", attributes: bus },
  "bus.parked": { metric: "annals.bus.dead_letters", attributes: bus },
  "subscription.handled": { metric: "annals.subscription.events", attributes: subscription },
  "subscription.failed": { metric: "annals.subscription.failures", attributes: subscription },
  "subscription.retried": { metric: "annals.subscription.retries", attributes: subscription },
  "subscription.parked": { metric: "annals.subscription.dead_letters", attributes: subscription },
  "subscription.lag.ms": {
    metric: "annals.subscription.lag.time",
    attributes: subscription,
    factor: secondsPerMs,
  },
  "subscription.lag.positions": { metric: "annals.subscription.lag.positions", attributes: subscription },
  "subscription.rate": { metric: "annals.subscription.rate", attributes: subscription },
  "subscription.slots": { metric: "annals.subscription.slots", attributes: subscription },
  "subscription.slots.gained": {
    metric: "annals.lease.changes",
    attributes: subscription,
    fixed: { [own.leaseChange]: "gained" },
  },
  "subscription.slots.lost": {
    metric: "annals.lease.changes",
    attributes: subscription,
    fixed: { [own.leaseChange]: "lost" },
  },
  "outbox.sent": { metric: "annals.outbox.messages", attributes: relay },
  "outbox.failed": { metric: "annals.outbox.failures", attributes: relay },
  "outbox.retried": { metric: "annals.outbox.retries", attributes: relay },
  "outbox.parked": { metric: "annals.outbox.dead_letters", attributes: relay },
  "outbox.lag.ms": { metric: "annals.outbox.lag.time", attributes: relay, factor: secondsPerMs },
  "snapshot.hit": { metric: "annals.snapshot.hits", attributes: subject },
  "snapshot.missed": {
    metric: "annals.snapshot.misses",
    attributes: { ...subject, reason: own.missReason },
  },
  "snapshot.taken": { metric: "annals.snapshot.taken", attributes: subject },
  "snapshot.failed": { metric: "annals.snapshot.failures", attributes: subject },
  "snapshot.dropped": { metric: "annals.snapshot.dropped", attributes: subject },
  "snapshot.verified": { metric: "annals.snapshot.verified", attributes: subject },
}

/** Turns the measurements of core into metrics. */
export class Measurements {
  readonly #bounds: BoundedValues
  readonly #include: Include
  readonly #targets: ReadonlyMap<string, Target> = new Map(Object.entries(targets))

  constructor(bounds: BoundedValues, include: Include) {
    this.#bounds = bounds
    this.#include = include
  }

  record(instruments: Instruments, { name, value, attributes = {} }: Measurement): void {
    const target = this.#targets.get(name)
    if (target === undefined || !Number.isFinite(value)) return
    const { metric, factor = 1 } = target
    const instrument = instruments[metric]
    const told = this.#attributesOf(target, attributes)
    if ("record" in instrument) instrument.record(value * factor, told, ROOT_CONTEXT)
    else if (value > 0) instrument.add(value * factor, told, ROOT_CONTEXT)
  }

  #attributesOf(target: Target, given: Measurement["attributes"] & {}): Attributes {
    const values: Record<string, string | undefined> = { ...target.fixed }
    for (const [name, attribute] of Object.entries(target.attributes)) {
      const value = given[name]
      if (value !== undefined) values[attribute] = String(value)
    }
    const held = heldAttributes(target.metric, values, this.#bounds)
    const { tenant } = given
    if (!this.#include.tenant || tenant === undefined) return held
    return { ...held, [own.tenant]: this.#bounds.hold(own.tenant, String(tenant)) }
  }
}
