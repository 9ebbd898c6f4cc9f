import type {
  DecodeOptions,
  EventStore,
  NewEvent,
  ReadAllOptions,
  Recorded,
  RecordedEvent,
  TypedStream,
} from "@annals/core"
import { EventWatch } from "./event-watch.ts"

/** What {@link watch} needs of a store. */
export type WatchableStore = Pick<EventStore, "readAll" | "readStream" | "head" | "wakeUps" | "clock">

/** Which events of a store to watch, and how. */
export interface WatchOptions<Event extends NewEvent = NewEvent>
  extends Omit<ReadAllOptions<Event>, "direction" | "after" | "until" | "limit"> {
  readonly stream?: undefined
  /** Only positions above this one; `"end"`: only what comes after the first event is asked for. Default 0. */
  readonly after?: number | "end"
}

/** Which stream to watch, and how. */
export interface WatchStreamOptions<Category extends string = string, Event extends NewEvent = NewEvent>
  extends DecodeOptions<Event> {
  readonly stream: TypedStream<Category, Event>
  /** Only versions above this one. Default 0. */
  readonly after?: number
  /** Events held in memory at a time, at most 100,000. Default 1,000. */
  readonly pageSize?: number
  readonly signal?: AbortSignal
}

/** Events as they come, without an end of its own. Waiting for the next one keeps the process alive. */
export interface Watch<Event> extends AsyncIterableIterator<Event, undefined>, AsyncDisposable {
  /** Ends it, also while somebody waits for the next event. */
  return(): Promise<IteratorResult<Event, undefined>>
}

/**
 * Iterates over the history of a stream, or of the whole store, and then over what follows, for as long as it is iterated. It keeps no checkpoint, and
 * asks for nothing before the first event is asked for. However many watch a store, that looks for news once for all of them.
 *
 * Ends by `break` or `return()`; with the signal's reason when that is aborted; with `CLOSED` when the store is closed; and with whatever reading rejects
 * with, such as `UNREADABLE_EVENT`.
 *
 * @example
 * for await (const event of watch(store, { categories: ["order"], after: "end", signal })) page.push(event)
 */
export function watch<Category extends string, Event extends NewEvent>(
  store: WatchableStore,
  options: WatchStreamOptions<Category, Event>,
): Watch<Recorded<Event, Category>>
export function watch<Event extends NewEvent = NewEvent>(
  store: WatchableStore,
  options?: WatchOptions<Event>,
): Watch<Recorded<Event>>
export function watch(
  store: WatchableStore,
  options: WatchOptions | WatchStreamOptions = {},
): Watch<RecordedEvent> {
  const { signal, ...rest } = options
  return new EventWatch(rest.stream === undefined ? wholeLog(store, rest) : oneStream(store, rest), signal)
}

function wholeLog(store: WatchableStore, { after = 0, ...options }: Omit<WatchOptions, "signal">) {
  return {
    store,
    start: async () => (after === "end" ? store.head() : after),
    read: (from: number) => store.readAll({ ...options, after: from }),
  }
}

function oneStream(
  store: WatchableStore,
  { stream, after = 0, ...options }: Omit<WatchStreamOptions, "signal">,
) {
  return {
    store,
    start: async () => after,
    read: (from: number) => store.readStream<string, NewEvent>(stream, { ...options, after: from }),
  }
}
