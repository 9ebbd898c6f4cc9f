import { AnnalsError, type MeasurementName, type Operation, type OperationName } from "@annals/core"

/** What an operation tells besides its name. */
type Told = Omit<Operation, "name" | "metadata">

/** The span in which the events were recorded. */
export const cause = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }

const place = { tenant: "acme", category: "account", streamId: "alice" } as const
const events = { eventTypes: ["opened", "deposited"], eventCount: 2 } as const
const causes = [{ traceparent: `00-${cause.traceId}-${cause.spanId}-01` }]

/** Operations of every kind, with all that they may tell; in the order of the page where one name stands for several. */
export const operations: Readonly<Record<OperationName, readonly Told[]>> = {
  append: [{ system: "sqlite", subject: "account", ...place, ...events }],
  read: [{ system: "sqlite", ...place, eventCount: 2 }],
  load: [{ system: "sqlite", ...place, subject: "account" }],
  execute: [{ system: "sqlite", ...place, subject: "account", command: "open" }],
  snapshot: [{ system: "sqlite", ...place, subject: "account" }],
  page: [{ system: "sqlite", subject: "mail", eventCount: 2 }],
  handle: [{ system: "sqlite", ...place, subject: "mail", ...events, causes }],
  project: [{ system: "sqlite", ...place, subject: "balances", ...events, causes }],
  relay: [
    { system: "sqlite", ...place, subject: "to-bus", ...events, causes },
    { system: "sqlite", tenant: "acme", subject: "outbox", eventCount: 2, causes },
  ],
  publish: [{ system: "kafka", destination: "orders", ...events }],
  receive: [{ system: "kafka", destination: "orders", ...place, subject: "shipping", ...events, causes }],
  retry: [
    { system: "kafka", destination: "orders", ...place, subject: "shipping", ...events, causes },
    { system: "sqlite", subject: "mail", eventCount: 2, causes },
  ],
  park: [
    { system: "sqlite", subject: "mail", ...events, causes },
    { system: "kafka", destination: "orders", ...place, subject: "shipping", ...events, causes },
  ],
  lease: [{ system: "sqlite", subject: "mail" }],
}

/** How operations end: well, badly, and in the ways that are nobody's fault. */
export const endings: readonly (Error | undefined)[] = [
  undefined,
  new AnnalsError("STORE_FAILED", "no"),
  new AnnalsError("VERSION_CONFLICT", "no"),
  new AnnalsError("CONDITION_FAILED", "no"),
  new AnnalsError("ABORTED", "no"),
]

const bus = { bus: "kafka", topic: "orders", group: "shipping" }
const subscription = { subscription: "mail" }
const relay = { relay: "outbox" }
const subject = { subject: "account" }

/** The attributes that each measurement comes with. */
export const measurements: Readonly<Record<MeasurementName, Readonly<Record<string, string>>>> = {
  "bus.published": { bus: "kafka", topic: "orders" },
  "bus.handled": bus,
  "bus.failed": bus,
  "bus.retried": bus,
  "bus.parked": bus,
  "subscription.handled": subscription,
  "subscription.failed": subscription,
  "subscription.retried": subscription,
  "subscription.parked": subscription,
  "subscription.lag.ms": subscription,
  "subscription.lag.positions": subscription,
  "subscription.rate": subscription,
  "subscription.slots": subscription,
  "subscription.slots.gained": subscription,
  "subscription.slots.lost": subscription,
  "outbox.sent": relay,
  "outbox.failed": relay,
  "outbox.retried": relay,
  "outbox.parked": relay,
  "outbox.lag.ms": relay,
  "snapshot.hit": subject,
  "snapshot.missed": { ...subject, reason: "missing" },
  "snapshot.taken": subject,
  "snapshot.failed": subject,
  "snapshot.dropped": subject,
  "snapshot.verified": subject,
}
