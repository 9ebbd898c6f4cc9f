import { currentMetadata } from "../context/context.ts"
import { AnnalsError } from "../errors/annals-error.ts"
import type { RecordedEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import { beginning, type Position } from "../streams/position.ts"
import { describeStream } from "../streams/stream.ts"
import { checkQuery, checkWhole } from "./check-read.ts"
import { encodeAndSend } from "./encode-append.ts"
import { loadMetadata } from "./event-metadata.ts"
import type { AppendCondition } from "./event-query.ts"
import type { AppendOptions, AppendResult } from "./event-store.ts"
import { checkAppends, type GivenAppend, type PreparedAppend, prepareAppend } from "./prepare-append.ts"
import type { AppendBatch, Appended, AppendOutcome, StoreSession } from "./store-driver.ts"
import { observe, type StoreFront } from "./store-front.ts"

/** Hands a batch to the driver; `recorded` makes the events of it, for a hook that runs in its transaction. */
export type SendBatch = (
  batch: AppendBatch,
  recorded: (outcome: Appended) => readonly RecordedEvent[],
) => Promise<AppendOutcome>

export type AppendGiven = Pick<AppendOptions, "condition" | "metadata" | "events" | "signal">

/** How an append gets to its backend. */
export interface AppendTarget {
  readonly session: StoreSession
  readonly tenant: string
  /** Runs an append once that is allowed. */
  readonly write: <Result>(run: () => Promise<Result>) => Promise<Result>
  readonly send: SendBatch
}

/**
 * Validates, encodes and sends an append, and turns its outcome into a result or an error. What the caller gave is copied before this
 * first waits: it may be changed afterwards. Throws at once what is wrong with the form of an append.
 */
export function appendEvents(
  front: StoreFront,
  target: AppendTarget,
  appends: readonly GivenAppend[],
  options: AppendGiven,
): Promise<AppendResult> {
  const { session, tenant, write, send } = target
  checkAppends(appends, tenant)
  return observe(
    front,
    () => describeAppend(tenant, appends),
    async (observed) => {
      const metadata = [currentMetadata(), options.metadata, isEmpty(observed) ? undefined : observed]
      const prepared = prepareAppend(front.settings, tenant, appends, { events: options.events, metadata })
      const condition = checkCondition(options.condition, options.events ?? front.settings.events)
      const { recordedAt, freshIds } = prepared
      const outcome = await write(() => {
        options.signal?.throwIfAborted()
        return encodeAndSend(session, front.settings.codecs, prepared, (streams) =>
          send({ tenant, streams, condition, recordedAt, freshIds }, (appended) =>
            recordedEvents(prepared, appended),
          ),
        )
      })
      return resultOf(prepared, outcome)
    },
  )
}

/** Loops, as this is done for every append that is observed. */
function describeAppend(tenant: string, appends: readonly GivenAppend[]) {
  const { category, id } = (appends[0] as GivenAppend).stream
  const eventTypes: string[] = []
  for (const { events } of appends) for (const event of events) eventTypes.push(String(event?.type))
  return {
    name: "append" as const,
    tenant,
    category,
    streamId: id,
    eventTypes,
    eventCount: eventTypes.length,
  }
}

/** Most observers leave the metadata as they are: copying nothing takes as long as all else that is done for them. */
function isEmpty(metadata: object | undefined): boolean {
  for (const _ in metadata) return false
  return true
}

function checkCondition(
  condition: AppendCondition | undefined,
  events: EventSet | undefined,
): AppendBatch["condition"] {
  if (condition === undefined) return undefined
  if (typeof condition !== "object" || condition === null) {
    throw new AnnalsError("INVALID_OPTION", "condition must be an object { query, after }", {
      path: "condition",
    })
  }
  return {
    query: checkQuery(condition.query, events),
    after: checkWhole(condition.after, "condition.after", 0, beginning),
  }
}

/** The events of an append as they were recorded, without reading them back. */
function recordedEvents(prepared: PreparedAppend, appended: Appended): readonly RecordedEvent[] {
  let index = 0
  return prepared.streams.flatMap(({ stream, events, data }, streamIndex) =>
    events.map((event, eventIndex) => ({
      id: event.id,
      type: event.type,
      schemaVersion: event.schemaVersion,
      data: data[eventIndex],
      metadata: loadMetadata(event),
      tags: event.tags,
      occurredAt: event.occurredAt,
      recordedAt: appended.recordedAt,
      tenant: stream.tenant,
      stream: { category: stream.category, id: stream.id },
      version: (appended.firstVersions[streamIndex] as number) + eventIndex,
      position: appended.positions[index++] as Position,
    })),
  )
}

function resultOf(prepared: PreparedAppend, outcome: AppendOutcome): AppendResult {
  switch (outcome.status) {
    case "appended":
    case "repeated":
      return appendResult(prepared, outcome)
    case "version-conflict": {
      const { expected, actual } = outcome
      const stream = describeStream(outcome.stream)
      const message = `${stream} is at version ${actual}, expected was ${expected}: read it again and decide again`
      throw new AnnalsError("VERSION_CONFLICT", message, { stream, expected, actual })
    }
    case "condition-failed": {
      const message = `an event that matches the append condition was recorded at position ${outcome.position}: read and decide again`
      throw new AnnalsError("CONDITION_FAILED", message, { position: outcome.position })
    }
    case "id-reused": {
      const message = `the event id ${outcome.eventId} is already used by another append: give every event an id of its own`
      throw new AnnalsError("EVENT_ID_REUSED", message, { eventId: outcome.eventId })
    }
    default:
      return outcome satisfies never
  }
}

function appendResult(prepared: PreparedAppend, appended: Appended): AppendResult {
  const streams: AppendResult["streams"][number][] = []
  const eventIds: string[] = []
  for (const { stream, events } of prepared.streams) {
    const firstVersion = appended.firstVersions[streams.length] as number
    const version = firstVersion + events.length - 1
    streams.push({ stream: { category: stream.category, id: stream.id }, firstVersion, version })
    for (const { id } of events) eventIds.push(id)
  }
  return new RecordedAppend(prepared, appended, streams, eventIds)
}

/**
 * The result of an append. Few ask for its events, and then once: making them for every append would slow down `sqlite/append-bulk`. A
 * class, because a getter defined on each result gives each a shape of its own, which only a major collection frees: a fifth of
 * `sqlite/append-1`.
 */
class RecordedAppend implements AppendResult {
  readonly position: Position
  readonly positions: readonly Position[]
  readonly version: number
  readonly streams: AppendResult["streams"]
  readonly eventIds: readonly string[]
  readonly recordedAt: number
  readonly repeated: boolean
  readonly #prepared: PreparedAppend
  readonly #appended: Appended

  constructor(
    prepared: PreparedAppend,
    appended: Appended,
    streams: AppendResult["streams"],
    eventIds: readonly string[],
  ) {
    this.position = appended.positions.at(-1) as Position
    this.positions = appended.positions as readonly Position[]
    this.version = streams[0]?.version ?? 0
    this.streams = streams
    this.eventIds = eventIds
    this.recordedAt = appended.recordedAt
    this.repeated = appended.status === "repeated"
    this.#prepared = prepared
    this.#appended = appended
  }

  get events(): readonly RecordedEvent[] {
    return recordedEvents(this.#prepared, this.#appended)
  }
}
