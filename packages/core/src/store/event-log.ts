import type { NewEvent, RecordedEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import { checkUuid } from "../ids/check-uuid.ts"
import type { Position } from "../streams/position.ts"
import type { StreamId, StreamKey, TypedStream } from "../streams/stream.ts"
import { checkName, checkTenant } from "../streams/validate-name.ts"
import { type AppendGiven, appendEvents, type SendBatch } from "./append-events.ts"
import { checkBounds, checkEventSet, checkFilter, checkReadPolicy } from "./check-read.ts"
import { createDecoder } from "./decode-events.ts"
import type { EventFilter } from "./event-filter.ts"
import { createEventReader } from "./event-reader.ts"
import type {
  AppendOptions,
  DecodeOptions,
  EventLog,
  EventReader,
  ReadAllOptions,
  ReadStreamOptions,
} from "./event-store.ts"
import { createFilterTest } from "./filter-test.ts"
import { checkStream, type GivenAppend } from "./prepare-append.ts"
import { readPages, type StoredPage } from "./read-pages.ts"
import type { StoreSession, StreamFilter, StreamInfo } from "./store-driver.ts"
import { observeRead, type StoreFront } from "./store-front.ts"
import type { StoredEvent } from "./stored-event.ts"
import { causesOf, effectsOf } from "./trace-causation.ts"

/** Where an event log gets its data from: a store, or a transaction of it. */
export interface LogAccess<Tx> {
  readonly session: StoreSession
  /** `undefined`: sees all tenants, writes to `""`. */
  readonly tenant: string | undefined
  /** Runs a read or lookup, if that is allowed at this time. */
  use<Result>(run: () => Promise<Result>): Promise<Result>
  /** Runs an append, if that is allowed at this time. */
  write<Result>(run: () => Promise<Result>): Promise<Result>
  /** Sends a batch with the caller's hook. */
  sender(before: AppendOptions<Tx>["before"]): SendBatch
}

const streamPageSize = 500

/** The front of a store or of a unit of work: validates, encodes, decodes, observes. */
export function createEventLog<Tx>(front: StoreFront, access: LogAccess<Tx>): EventLog<Tx> {
  const { session, use } = access
  const tenant = access.tenant ?? ""

  const decoder = (options: DecodeOptions = {}, own?: EventSet) =>
    createDecoder(front.settings, {
      events: checkEventSet(options.events) ?? own ?? front.settings.events,
      unreadable: checkReadPolicy(options.unreadable) ?? front.settings.unreadable,
      validate: options.validate ?? false,
    })

  const readPage = (describe: () => object, run: () => Promise<StoredPage>): Promise<StoredPage> =>
    use(() => observeRead(front, describe, run))

  const append = (
    appends: readonly GivenAppend[],
    options: AppendGiven & Pick<AppendOptions<Tx>, "before">,
  ) => {
    const target = { session, tenant, write: access.write, send: access.sender(options.before) }
    return appendEvents(front, target, appends, options)
  }

  const readStream = (stream: TypedStream, options: ReadStreamOptions = {}): EventReader<RecordedEvent> => {
    const key = checkStream(stream, tenant)
    const bounds = checkBounds("version", options)
    const { direction } = bounds
    const pageBeyond = async (from: number, limit: number): Promise<StoredPage> => {
      const { events, more } = await session.readStream(key, { direction, from, limit })
      return { events, more, scannedTo: events.at(-1)?.version ?? from }
    }
    const describe = () => ({ tenant, category: key.category, streamId: key.id })
    return createEventReader(
      () =>
        readPages(bounds, options.signal, (from, limit) => readPage(describe, () => pageBeyond(from, limit))),
      decoder(options, stream.events),
    )
  }

  const readAll = (options: ReadAllOptions = {}): EventReader<RecordedEvent> => {
    const filter = checkFilter(options, access.tenant, options.events ?? front.settings.events)
    const bounds = checkBounds("position", options)
    const { direction } = bounds
    return createEventReader(
      () =>
        readPages(bounds, options.signal, (from, limit) =>
          readPage(
            () => ({}),
            () => session.readAll(filter, { direction, from, limit }),
          ),
        ),
      decoder(options),
    )
  }

  const findEvent = async (eventId: string, options?: DecodeOptions): Promise<RecordedEvent | undefined> => {
    const id = checkUuid(eventId, "eventId")
    const [event] = await decoder(options)(await use(() => session.findEvents(tenant, [id])))
    return event
  }

  const { clock, generateId, logger, observer } = front.settings
  const log = {
    name: front.system,
    tenant: access.tenant,
    clock,
    generateId,
    logger,
    observer,
    // Awaited, as a promise that is merely returned takes three turns of the microtask queue: seen in `sqlite/append-1`.
    append: async (
      stream: TypedStream,
      events: readonly NewEvent[],
      { expected, ...options }: AppendOptions<Tx> = {},
    ) => await append([{ stream, events, ...(expected !== undefined && { expected }) }], options),
    appendToStreams: async (
      appends: readonly GivenAppend[],
      options: Omit<AppendOptions<Tx>, "expected"> = {},
    ) => await append(appends, options),
    readStream,
    readAll,
    decode: (events: readonly StoredEvent[], options?: DecodeOptions) => use(() => decoder(options)(events)),
    filterTest: (filter: EventFilter) =>
      createFilterTest(checkFilter(filter, access.tenant, front.settings.events)),
    head: () => use(async () => (await session.head()) as Position),
    streamVersion: async (stream: StreamId) => {
      const key = checkStream(stream, tenant)
      return use(() => session.streamVersion(key))
    },
    hasEvent: async (eventId: string) => {
      const id = checkUuid(eventId, "eventId")
      return (await use(() => session.findEvents(tenant, [id]))).length > 0
    },
    findEvent,
    causesOf: (eventId: string, options?: DecodeOptions) => causesOf(log as EventLog, eventId, options),
    effectsOf: (eventId: string, options?: DecodeOptions) => effectsOf(log as EventLog, eventId, options),
    listStreams: (filter: StreamFilter = {}) => listStreams(access, filter),
    listTenants: async () => {
      const tenants = await use(() => session.listTenants())
      return access.tenant === undefined ? tenants : tenants.filter((name) => name === access.tenant)
    },
  }
  // The implementation is untyped by category; the compiler can't see that the decoder returns what `events` says.
  return log as EventLog<Tx>
}

async function* listStreams<Tx>(access: LogAccess<Tx>, filter: StreamFilter): AsyncGenerator<StreamInfo> {
  const given = filter.tenant === undefined ? {} : { tenant: checkTenant(filter.tenant) }
  const { tenant } = checkFilter(given, access.tenant, undefined)
  const wanted = {
    ...(tenant !== undefined && { tenant }),
    ...(filter.category !== undefined && { category: checkName(filter.category, "category") }),
  }
  let after: StreamKey | undefined
  while (true) {
    const page = await access.use(() => access.session.listStreams(wanted, { after, limit: streamPageSize }))
    yield* page
    if (page.length < streamPageSize) return
    after = page.at(-1)?.stream
  }
}
