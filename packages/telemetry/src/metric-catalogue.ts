import { own, standard } from "./semantic-conventions.ts"

/** A metric. */
export interface MetricDescription {
  readonly instrument: "histogram" | "counter" | "gauge"
  /** In UCUM. */
  readonly unit: string
  readonly description: string
  readonly attributes: readonly string[]
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[]
}

const { dbSystem, dbOperation, errorType } = standard
const { messagingSystem, messagingOperation, messagingDestination, messagingGroup } = standard
const { operation, outcome, subject, command, subscription, relay, conflict, leaseChange, missReason } = own

/** Those of the conventions, and shorter ones: embedded stores answer in some ten microseconds. */
const dbBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] as const
const messagingBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const
const durationBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const
const countBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000] as const

const ended = [errorType, outcome] as const
const publishing = [messagingSystem, messagingOperation, messagingDestination] as const
const consuming = [...publishing, messagingGroup] as const
const group = [messagingSystem, messagingDestination, messagingGroup] as const

const seconds = (
  description: string,
  attributes: readonly string[],
  buckets: readonly number[] = durationBuckets,
) =>
  ({
    instrument: "histogram",
    unit: "s",
    description,
    attributes: [...attributes, ...ended],
    buckets,
  }) as const

const counter = (unit: string, description: string, attributes: readonly string[]) =>
  ({ instrument: "counter", unit, description, attributes }) as const

const gauge = (unit: string, description: string, attributes: readonly string[]) =>
  ({ instrument: "gauge", unit, description, attributes }) as const

/** Every metric that Annals keeps, by its name. */
export const metricCatalogue = {
  "db.client.operation.duration": seconds(
    "Duration of appends, and of reads of a page.",
    [dbSystem, dbOperation],
    dbBuckets,
  ),
  "annals.append.events": {
    instrument: "histogram",
    unit: "{event}",
    description: "Events of an append.",
    attributes: [dbSystem, subject],
    buckets: countBuckets,
  },
  "annals.append.conflicts": counter("{conflict}", "Appends that were refused, as somebody was faster.", [
    dbSystem,
    subject,
    conflict,
  ]),
  "annals.read.events": counter("{event}", "Events read from stores.", [dbSystem]),
  "annals.execute.duration": seconds("Duration of commands.", [subject, command]),
  "annals.load.duration": seconds("Duration of loading aggregates.", [subject]),
  "messaging.client.operation.duration": seconds("Duration of publishing.", publishing, messagingBuckets),
  "messaging.process.duration": seconds(
    "Duration of handlers of bus consumers.",
    consuming,
    messagingBuckets,
  ),
  "messaging.client.sent.messages": counter("{message}", "Events that a broker took.", publishing),
  "messaging.client.consumed.messages": counter(
    "{message}",
    "Events given to handlers, repeats not counted.",
    consuming,
  ),
  "annals.bus.handled": counter("{event}", "Events that a group has handled.", group),
  "annals.bus.failures": counter("{failure}", "Attempts that failed.", group),
  "annals.bus.retries": counter("{retry}", "Failures after which an event is tried again.", group),
  "annals.bus.dead_letters": counter("{event}", "Events that became dead letters.", group),
  "annals.subscription.handler.duration": seconds("Duration of handlers, projections and relays.", [
    operation,
    subscription,
    relay,
  ]),
  "annals.subscription.events": counter("{event}", "Events handled.", [subscription]),
  "annals.subscription.failures": counter(
    "{failure}",
    "Handlers that failed, and events that couldn't be read.",
    [subscription],
  ),
  "annals.subscription.retries": counter("{retry}", "Failures after which it tries again.", [subscription]),
  "annals.subscription.dead_letters": counter("{event}", "Events parked.", [subscription]),
  "annals.subscription.pages": counter("{page}", "Pages read, also those without events.", [
    subscription,
    ...ended,
  ]),
  "annals.subscription.lag.time": gauge("s", "Age of the oldest event that waits.", [subscription]),
  "annals.subscription.lag.positions": gauge("{position}", "How far it is behind the end of the log.", [
    subscription,
  ]),
  "annals.subscription.rate": gauge("{event}/s", "Events handled a second.", [subscription]),
  "annals.subscription.slots": gauge("{slot}", "Slots that this instance holds, of 1,024.", [subscription]),
  "annals.lease.changes": counter("{slot}", "Slots that this instance gained or lost.", [
    subscription,
    leaseChange,
  ]),
  "annals.outbox.messages": counter("{message}", "Messages sent.", [relay]),
  "annals.outbox.failures": counter("{failure}", "Calls of `send` that failed.", [relay]),
  "annals.outbox.retries": counter("{retry}", "Failures after which it tries again.", [relay]),
  "annals.outbox.dead_letters": counter("{message}", "Messages parked.", [relay]),
  "annals.outbox.lag.time": gauge("s", "Age of the oldest message that waits.", [relay]),
  "annals.snapshot.hits": counter("{load}", "Loads that began with a snapshot.", [subject]),
  "annals.snapshot.misses": counter(
    "{snapshot}",
    "Snapshots that weren't used, by reason, and loads that found none.",
    [subject, missReason],
  ),
  "annals.snapshot.taken": counter("{snapshot}", "Snapshots taken.", [subject]),
  "annals.snapshot.failures": counter("{failure}", "Snapshots that couldn't be taken.", [subject]),
  "annals.snapshot.dropped": counter(
    "{snapshot}",
    "Snapshots dropped unwritten: too many waited, or there was no time left.",
    [subject],
  ),
  "annals.snapshot.verified": counter("{load}", "Loads compared with a full replay.", [subject]),
  "annals.snapshot.duration": seconds("Duration of taking snapshots.", [subject]),
} as const satisfies Readonly<Record<string, MetricDescription>>

export type MetricName = keyof typeof metricCatalogue
