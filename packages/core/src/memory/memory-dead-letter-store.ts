import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterStore,
  NewDeadLetter,
  ParkedStream,
  StreamRef,
} from "../ports/dead-letter-store.ts"
import { compareStreams } from "../streams/compare-streams.ts"
import type { StreamKey } from "../streams/stream.ts"
import type { TableAccess } from "./memory-ports.ts"
import { keyOf, type TableView } from "./memory-table.ts"

type Entries = TableView<DeadLetter>

export function createMemoryDeadLetterStore(
  { read, write }: TableAccess,
  nextSequence: () => number,
): DeadLetterStore {
  return {
    park: (source, entries) =>
      write(({ deadLetters }) => {
        for (const entry of entries) park(deadLetters, source, entry, nextSequence)
      }),
    list: ({ after = 0, limit = Number.MAX_SAFE_INTEGER, ...filter } = {}) =>
      read(({ deadLetters }) =>
        inOrder(deadLetters, filter)
          .filter((entry) => entry.sequence > after)
          .slice(0, limit),
      ),
    parkedStreams: (source) => read(({ deadLetters }) => countByStream(inOrder(deadLetters, { source }))),
    requeue: (source, stream) =>
      write(({ deadLetters }) => {
        const marked = inOrder(deadLetters, stream === undefined ? { source } : { source, stream })
        for (const entry of marked) put(deadLetters, { ...entry, status: "requeued" })
        return marked.length
      }),
    replayFailed: (source, eventId, failure) =>
      write(({ deadLetters }) => {
        const failed = deadLetters.get(keyOf(source, eventId))
        if (failed === undefined) return
        put(deadLetters, { ...failed, failure })
        for (const entry of inOrder(deadLetters, { source, stream: failed.stream })) {
          put(deadLetters, { ...entry, status: "parked" })
        }
      }),
    remove: (source, eventIds) =>
      write(({ deadLetters }) => {
        const keys = [...new Set(eventIds)].map((eventId) => keyOf(source, eventId))
        const there = keys.filter((key) => deadLetters.get(key) !== undefined)
        for (const key of there) deadLetters.delete(key)
        return there.length
      }),
  }
}

function park(entries: Entries, source: string, entry: NewDeadLetter, nextSequence: () => number): void {
  if (entries.get(keyOf(source, entry.eventId)) !== undefined) return
  const ahead = inOrder(entries, { source, stream: entry.stream })
  put(entries, { ...entry, source, sequence: nextSequence(), status: ahead[0]?.status ?? "parked" })
}

function put(entries: Entries, entry: DeadLetter): void {
  entries.set(keyOf(entry.source, entry.eventId), entry)
}

function inOrder(entries: Entries, { source, stream, slots, status }: DeadLetterFilter): DeadLetter[] {
  return [...entries.rows()]
    .filter(
      (entry) =>
        (source === undefined || entry.source === source) &&
        (stream === undefined || isStream(entry.stream, stream)) &&
        (slots === undefined || slots.includes(entry.slot)) &&
        (status === undefined || entry.status === status),
    )
    .sort((left, right) => left.sequence - right.sequence)
}

function isStream(key: StreamKey, { tenant = key.tenant, category, id }: StreamRef): boolean {
  return key.tenant === tenant && key.category === category && key.id === id
}

function countByStream(entries: readonly DeadLetter[]): readonly ParkedStream[] {
  const streams = new Map<string, ParkedStream>()
  for (const { stream, slot, status } of entries) {
    const key = keyOf(stream.tenant, stream.category, stream.id)
    const counted = streams.get(key)?.entries ?? 0
    streams.set(key, { stream, slot, status, entries: counted + 1 })
  }
  return [...streams.values()].sort((left, right) => compareStreams(left.stream, right.stream))
}
