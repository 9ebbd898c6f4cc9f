import type { SQLInputValue } from "node:sqlite"
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterStore,
  NewDeadLetter,
  ParkedStream,
  StoredEvent,
} from "@annals/core"
import type { Connection } from "../connection.ts"
import {
  countStreams,
  listEntries,
  noteFailure,
  parkEntry,
  parkStream,
  removeEntries,
  requeueAll,
  requeueNamed,
  requeueStream,
} from "../statements/dead-letters.ts"
import type { PortAccess } from "./port-access.ts"

export function createSqliteDeadLetterStore(tenant: string, { read, write }: PortAccess): DeadLetterStore {
  return {
    park: (source, entries) =>
      write((connection) => {
        for (const entry of entries) connection.run(parkEntry, tenant, source, ...entryParams(entry))
      }),
    list: (filter = {}) => read((connection) => list(connection, tenant, filter)),
    parkedStreams: (source) =>
      read((connection) => connection.all<StreamRow>(countStreams, tenant, source).map(toParkedStream)),
    requeue: (source, stream) =>
      write((connection) => {
        if (stream === undefined) return connection.run(requeueAll, tenant, source)
        const named = [tenant, source, stream.category, stream.id]
        if (stream.tenant === undefined) return connection.run(requeueNamed, ...named)
        return connection.run(requeueStream, ...named, stream.tenant)
      }),
    replayFailed: (source, eventId, failure) =>
      write((connection) => {
        type StreamColumns = [category: string, id: string, tenant: string]
        const stream = connection.get<StreamColumns>(
          noteFailure,
          tenant,
          source,
          eventId,
          JSON.stringify(failure),
        )
        if (stream !== undefined) connection.run(parkStream, tenant, source, ...stream)
      }),
    remove: (source, eventIds) =>
      write((connection) => connection.run(removeEntries, tenant, source, JSON.stringify(eventIds))),
  }
}

const defaultLimit = 100

function list(
  connection: Connection,
  tenant: string,
  { source, stream, slots, status, after = 0, limit = defaultLimit }: DeadLetterFilter,
): readonly DeadLetter[] {
  const sql = listEntries({
    source: source !== undefined,
    stream: stream !== undefined,
    streamTenant: stream?.tenant !== undefined,
    slots: slots !== undefined,
    status: status !== undefined,
  })
  const params: SQLInputValue[] = [tenant, after, limit]
  if (source !== undefined) params.push(source)
  if (stream !== undefined) params.push(stream.category, stream.id)
  if (stream?.tenant !== undefined) params.push(stream.tenant)
  if (slots !== undefined) params.push(JSON.stringify(slots))
  if (status !== undefined) params.push(status)
  return connection.all<EntryRow>(sql, ...params).map(toDeadLetter)
}

function entryParams({
  stream,
  version,
  position,
  eventId,
  type,
  slot,
  failure,
  event,
}: NewDeadLetter): SQLInputValue[] {
  const body = event?.payload.body
  return [
    stream.tenant,
    stream.category,
    stream.id,
    version,
    position,
    eventId,
    type,
    slot,
    failure === undefined ? null : JSON.stringify(failure),
    event === undefined ? null : JSON.stringify(typeof body === "string" ? event : withoutBody(event)),
    body instanceof Uint8Array && body.length > 0 ? body : null,
  ]
}

/** Bytes have a column of their own. */
function withoutBody(event: StoredEvent): unknown {
  const { body: _, ...payload } = event.payload
  return { ...event, payload }
}

type EntryRow = [
  sequence: number,
  source: string,
  streamTenant: string,
  category: string,
  streamId: string,
  version: number,
  position: number,
  eventId: string,
  type: string,
  slot: number,
  status: DeadLetter["status"],
  failure: string | null,
  event: string | null,
  body: Uint8Array | null,
]

function toDeadLetter(row: EntryRow): DeadLetter {
  const [sequence, source, streamTenant, category, id, version, position, eventId, type, slot, status] = row
  const [, , , , , , , , , , , failure, event, body] = row
  return {
    source,
    sequence,
    status,
    stream: { tenant: streamTenant, category, id },
    version,
    position,
    eventId,
    type,
    slot,
    ...(failure !== null && { failure: JSON.parse(failure) }),
    ...(event !== null && { event: toStoredEvent(JSON.parse(event), body) }),
  }
}

/** JSON leaves out what is `undefined`. */
function toStoredEvent(event: StoredEvent, body: Uint8Array | null): StoredEvent {
  return {
    ...event,
    correlationId: event.correlationId,
    causationId: event.causationId,
    payload: { ...event.payload, body: event.payload.body ?? body ?? new Uint8Array(0) },
  }
}

type StreamRow = [
  tenant: string,
  category: string,
  id: string,
  slot: number,
  entries: number,
  status: DeadLetter["status"],
]

function toParkedStream([tenant, category, id, slot, entries, status]: StreamRow): ParkedStream {
  return { stream: { tenant, category, id }, slot, entries, status }
}
