import { own, standard } from "./semantic-conventions.ts"

/** A kind of span. */
export interface SpanDescription {
  /** What stands in braces is a value of the operation; where it has none, the name is the first word alone. */
  readonly name: string
  readonly kind: "INTERNAL" | "CLIENT" | "PRODUCER" | "CONSUMER"
  /**
   * `"active"`: the span that is active where the operation is called. `"cause"`: the one in which the event was recorded or sent; of several events each that one is linked, and
   * it begins a trace. `"none"`: it begins a trace.
   */
  readonly parent: "active" | "cause" | "none"
  readonly description: string
  /** All that it may have, besides those of `commonSpanAttributes`. */
  readonly attributes: readonly string[]
}

const { dbSystem, dbOperation, dbCollection, messagingSystem, messagingOperation } = standard
const { messagingOperationType, messagingDestination, messagingGroup, messagingBatch } = standard
const { subject, command, subscription, relay, category, eventCount, eventTypes } = own

const processing = [messagingSystem, messagingOperation, messagingOperationType, messagingBatch] as const
const handling = [...processing, subscription, category, eventCount, eventTypes] as const
const consuming = [
  ...processing,
  messagingDestination,
  messagingGroup,
  category,
  eventCount,
  eventTypes,
] as const

/** What every span may have: the last two only where `include` asks for them. */
export const commonSpanAttributes: readonly string[] = [
  own.operation,
  own.outcome,
  standard.errorType,
  own.tenant,
  own.streamId,
]

/** Every span that Annals makes. */
export const spanCatalogue = {
  execute: {
    name: "execute {subject}.{command}",
    kind: "INTERNAL",
    parent: "active",
    description: "A command: loading, deciding, appending, and again after a conflict.",
    attributes: [subject, command],
  },
  load: {
    name: "load {subject}",
    kind: "INTERNAL",
    parent: "active",
    description: "An aggregate is loaded.",
    attributes: [subject],
  },
  append: {
    name: "append {category}",
    kind: "CLIENT",
    parent: "active",
    description: "Events are appended. Its context is what the events carry.",
    attributes: [dbSystem, dbOperation, dbCollection, eventCount, eventTypes],
  },
  read: {
    name: "read {category}",
    kind: "CLIENT",
    parent: "active",
    description: "A page of events is read.",
    attributes: [dbSystem, dbOperation, dbCollection, eventCount],
  },
  snapshot: {
    name: "snapshot {subject}",
    kind: "INTERNAL",
    parent: "active",
    description: "A snapshot is taken.",
    attributes: [subject],
  },
  page: {
    name: "page {subject}",
    kind: "INTERNAL",
    parent: "none",
    description: "A subscription reads on. Only if there were events, or if it failed.",
    attributes: [subscription, eventCount],
  },
  handle: {
    name: "process {subject}",
    kind: "CONSUMER",
    parent: "cause",
    description: "A handler of a subscription, reactor or process manager.",
    attributes: handling,
  },
  project: {
    name: "project {subject}",
    kind: "CONSUMER",
    parent: "cause",
    description: "Events are projected; by an inline projection, inside its append.",
    attributes: handling,
  },
  relay: {
    name: "relay {subject}",
    kind: "CONSUMER",
    parent: "cause",
    description: "A relay or forwarder hands events on.",
    attributes: handling,
  },
  "outbox-relay": {
    name: "relay {subject}",
    kind: "CONSUMER",
    parent: "cause",
    description: "A relay sends messages of an outbox.",
    attributes: [...processing, relay, eventCount],
  },
  publish: {
    name: "publish {destination}",
    kind: "PRODUCER",
    parent: "active",
    description: "Events are published on a bus. Its context travels along.",
    attributes: [
      messagingSystem,
      messagingOperation,
      messagingOperationType,
      messagingDestination,
      messagingBatch,
      eventCount,
      eventTypes,
    ],
  },
  receive: {
    name: "process {destination}",
    kind: "CONSUMER",
    parent: "cause",
    description: "A handler of a bus consumer, called for the first time with this event.",
    attributes: consuming,
  },
  retry: {
    name: "retry {destination}",
    kind: "CONSUMER",
    parent: "cause",
    description: "A handler of a bus consumer, called again with an event that failed.",
    attributes: consuming,
  },
  "back-off": {
    name: "retry {subject}",
    kind: "INTERNAL",
    parent: "cause",
    description: "A subscription waits before it tries again.",
    attributes: [subscription, eventCount],
  },
  park: {
    name: "park {subject}",
    kind: "INTERNAL",
    parent: "cause",
    description: "A subscription parks events.",
    attributes: [subscription, eventCount, eventTypes],
  },
  "bus-park": {
    name: "park {destination}",
    kind: "INTERNAL",
    parent: "cause",
    description: "A consumer of a bus parks an event.",
    attributes: [messagingSystem, messagingDestination, messagingGroup, category, eventCount, eventTypes],
  },
  lease: {
    name: "lease {subject}",
    kind: "INTERNAL",
    parent: "none",
    description: "An instance of a subscription takes or gives back slots.",
    attributes: [subscription],
  },
} as const satisfies Readonly<Record<string, SpanDescription>>

/** Which entry of the catalogue a span is. */
export type SpanVariant = keyof typeof spanCatalogue
