import type {
  EventIn,
  EventQuery,
  EventSet,
  EventStore,
  EventType,
  NewEvent,
  ReadPolicy,
  RetryOptions,
} from "@annals/core"
import type { HandlerOptions, Handling } from "./handling.ts"

/** Which events a subscription reads; filtered in the database. All given parts must hold. */
export interface SubscriptionFilter {
  /** Any of these types. Default: those of `events`, if that is given. */
  readonly types?: readonly string[]
  /** Any of these categories. */
  readonly categories?: readonly string[]
  /** All of these tags. */
  readonly tags?: readonly string[]
  /** A query as in an append condition. */
  readonly query?: EventQuery
  /** One tenant; left out: all that the store's handle may see. */
  readonly tenant?: string
}

/** How often the checkpoint is saved: when either is reached. A transaction of a transactional handler ends then, too. */
export interface CheckpointEvery {
  /** Default 10,000; 100 for a transactional handler. */
  readonly events?: number
  /** Default 250. */
  readonly ms?: number
}

/** When a failing event is tried again. */
export interface SubscriptionRetryOptions extends RetryOptions {
  /**
   * Whether this error is no event's fault and will pass, such as a mail server that is away: the event is then tried again without an end, and it
   * doesn't count. Default: never. Errors of Annals that say `retryable: true` (a lost connection, a deadlock) are treated so in any case.
   */
  readonly isPassing?: (error: unknown) => boolean
  /**
   * Whether trying this error again is pointless, so that the event fails for good at once. Default: never.
   */
  readonly isPermanent?: (error: unknown) => boolean
}

/** What a subscription has besides its handler. */
export interface SubscriptionSettings extends SubscriptionFilter {
  /**
   * Where to begin when there is no checkpoint: at the `"beginning"` (default), at the `"end"` as it is at the first start, or after a
   * position.
   */
  readonly from?: "beginning" | "end" | number
  /** What to do with an event of unknown type or one that can't be read. Default: it fails like one that its handler can't take, at once. */
  readonly unreadable?: Exclude<ReadPolicy, "fail">
  /** Five attempts, 100 ms apart and doubling up to 30 s, with jitter. */
  readonly retry?: SubscriptionRetryOptions
  /**
   * After the last attempt: `"stop"` (default) the subscription, or `"park"` the event and all later ones of its stream as dead letters, while
   * the other streams go on. No event is ever stepped over.
   */
  readonly onFailure?: "stop" | "park"
  /**
   * Several instances (in any number of processes) under one name: `"one-active"` (default) handles while the others stand by, `"shared"`
   * shares the streams out among them. Within a stream the order holds in either case; across streams with `"one-active"` only.
   */
  readonly instances?: "one-active" | "shared"
  /** Milliseconds that a handler may take for an event (or batch, or transaction). Then its signal is aborted, and it has failed. Default 30,000. */
  readonly timeoutMs?: number
  readonly checkpointEvery?: CheckpointEvery
  /** Events read at a time, and given to a `handleBatch` at most (to a transactional one at most `checkpointEvery.events`). One page is read ahead while another is handled. Default 1,000. */
  readonly pageSize?: number
}

/** What {@link defineSubscription} takes. */
export type SubscriptionOptions<Types extends readonly EventType<string>[], Tx> = SubscriptionSettings & {
  /** The types of event that the handler takes: what it is typed by, read by and, unless `types` is given, filtered by. Default: all there are. */
  readonly events?: Types
} & HandlerOptions<EventOfTypes<Types>, Tx>

/** Of no types: any event. */
export type EventOfTypes<Types extends readonly EventType<string>[]> =
  readonly EventType<string>[] extends Types ? NewEvent : EventIn<Types>

/** What kind of thing runs as a subscription: how observers and status pages tell them apart. */
export type SubscriptionKind =
  | "subscription"
  | "projection"
  | "reactor"
  | "process-manager"
  | "relay"
  | "forwarder"

/** A subscription as `createSubscription` and the manager run it: checked, with all defaults in. Made by `defineSubscription` and what builds on it. */
export interface SubscriptionDefinition<Tx = unknown> {
  readonly name: string
  readonly kind: SubscriptionKind
  readonly from: "beginning" | "end" | number
  readonly filter: SubscriptionFilter
  readonly events: EventSet | undefined
  readonly unreadable: ReadPolicy
  readonly handling: Handling<Tx>
  readonly retry: Required<SubscriptionRetryOptions>
  readonly onFailure: "stop" | "park"
  readonly instances: "one-active" | "shared"
  readonly timeoutMs: number
  readonly checkpointEvery: Required<CheckpointEvery>
  readonly pageSize: number
  /** Called with the store that is to be read, before anything is; throws `INVALID_OPTION` where it can't be this one. */
  readonly checkStore?: (store: Pick<EventStore, "wakeUps">) => void
  /** Called when everything up to the end of the log is handled and saved; again later if it rejects or resolves to `false`. */
  readonly whenLive?: (store: EventStore<Tx>) => Promise<boolean>
  /** Names of subscriptions behind whose checkpoints it stays. */
  readonly behind?: readonly string[]
}
