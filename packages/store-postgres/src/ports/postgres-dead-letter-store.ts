import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterStore,
  NewDeadLetter,
  ParkedStream,
  StoredEvent,
} from "@annals/core"
import type { SqlRow, SqlRunner, SqlValue } from "../sql/sql-runner.ts"
import {
  countStreams,
  listEntries,
  noteFailure,
  parkEntries,
  removeEntries,
  requeueEntries,
} from "../statements/dead-letters.ts"

export function createPostgresDeadLetterStore(runner: SqlRunner, tenant: string): DeadLetterStore {
  return {
    async park(source, entries) {
      await runner.run(parkEntries, [tenant, source, ...entryValues(entries)])
    },
    list: (filter = {}) => list(runner, tenant, filter),
    parkedStreams: async (source) => (await runner.run(countStreams, [tenant, source])).map(toParkedStream),
    async requeue(source, stream) {
      const { category = null, id = null, tenant: streamTenant = null } = stream ?? {}
      const [row] = await runner.run(requeueEntries, [tenant, source, category, id, streamTenant])
      return Number(row?.[0])
    },
    async replayFailed(source, eventId, failure) {
      await runner.run(noteFailure, [tenant, source, eventId, JSON.stringify(failure)])
    },
    async remove(source, eventIds) {
      const [row] = await runner.run(removeEntries, [tenant, source, eventIds])
      return Number(row?.[0])
    },
  }
}

const defaultLimit = 100

async function list(
  runner: SqlRunner,
  tenant: string,
  { source, stream, slots, status, after = 0, limit = defaultLimit }: DeadLetterFilter,
): Promise<readonly DeadLetter[]> {
  const statement = listEntries({
    source: source !== undefined,
    stream: stream !== undefined,
    streamTenant: stream?.tenant !== undefined,
    slots: slots !== undefined,
    status: status !== undefined,
  })
  const values: SqlValue[] = [tenant, after, limit]
  if (source !== undefined) values.push(source)
  if (stream !== undefined) values.push(stream.category, stream.id)
  if (stream?.tenant !== undefined) values.push(stream.tenant)
  if (slots !== undefined) values.push(slots)
  if (status !== undefined) values.push(status)
  return (await runner.run(statement, values)).map(toDeadLetter)
}

/** Each column of the entries in an array of its own. */
function entryValues(entries: readonly NewDeadLetter[]): readonly SqlValue[] {
  return [
    entries.map(({ stream }) => stream.tenant),
    entries.map(({ stream }) => stream.category),
    entries.map(({ stream }) => stream.id),
    entries.map(({ version }) => version),
    entries.map(({ position }) => position),
    entries.map(({ eventId }) => eventId),
    entries.map(({ type }) => type),
    entries.map(({ slot }) => slot),
    entries.map(({ failure }) => (failure === undefined ? null : JSON.stringify(failure))),
    entries.map(({ event }) => (event === undefined ? null : JSON.stringify(withoutBytes(event)))),
    entries.map(({ event }) => bytesOf(event)),
  ]
}

/** Bytes have a column of their own. */
function withoutBytes(event: StoredEvent): unknown {
  if (typeof event.payload.body === "string") return event
  const { body: _, ...payload } = event.payload
  return { ...event, payload }
}

function bytesOf(event: StoredEvent | undefined): string | null {
  const body = event?.payload.body
  return body instanceof Uint8Array
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("base64")
    : null
}

type EntryRow = [
  sequence: string,
  source: string,
  streamTenant: string,
  category: string,
  streamId: string,
  version: string,
  position: string,
  eventId: string,
  type: string,
  slot: string,
  status: DeadLetter["status"],
  failure: string | null,
  event: string | null,
  bytes: string | null,
]

function toDeadLetter(row: SqlRow): DeadLetter {
  const [sequence, source, tenant, category, id, version, position, eventId, type, slot, status, ...rest] =
    row as EntryRow
  const [failure, event, bytes] = rest
  return {
    source,
    sequence: Number(sequence),
    status,
    stream: { tenant, category, id },
    version: Number(version),
    position: Number(position),
    eventId,
    type,
    slot: Number(slot),
    ...(failure !== null && { failure: JSON.parse(failure) }),
    ...(event !== null && { event: toStoredEvent(JSON.parse(event), bytes) }),
  }
}

/** JSON leaves out what is `undefined`. */
function toStoredEvent(event: StoredEvent, bytes: string | null): StoredEvent {
  const body = event.payload.body ?? new Uint8Array(Buffer.from(bytes ?? "", "base64"))
  return {
    ...event,
    correlationId: event.correlationId,
    causationId: event.causationId,
    payload: { ...event.payload, body },
  }
}

function toParkedStream(row: SqlRow): ParkedStream {
  const [tenant, category, id, slot, entries, status] = row as string[] as [
    string,
    string,
    string,
    string,
    string,
    ParkedStream["status"],
  ]
  return { stream: { tenant, category, id }, slot: Number(slot), entries: Number(entries), status }
}
