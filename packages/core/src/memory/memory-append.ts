import { matchesQuery } from "../store/event-query.ts"
import type { AppendBatch, Appended, AppendOutcome, StreamAppend } from "../store/store-driver.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import { matchesExpected } from "../streams/expected-version.ts"
import type { LoggedEvent, MemoryLog } from "./memory-log.ts"

const latest = Number.MAX_SAFE_INTEGER

/** Appends a batch, or says why not, in which case nothing was added and no position drawn. */
export function appendToLog(log: MemoryLog, batch: AppendBatch): AppendOutcome {
  const refusal = findRepeat(log, batch) ?? findVersionConflict(log, batch) ?? findViolation(log, batch)
  if (refusal !== undefined) return refusal
  const positions: number[] = []
  const firstVersions = batch.streams.map((append) => log.add(append, batch.recordedAt, positions))
  return { status: "appended", firstVersions, positions, recordedAt: batch.recordedAt }
}

/**
 * The outcome of a batch some of whose ids are recorded already: all of them in their places, or an id was used for something
 * else. That `freshIds` says there can be none would save a look-up which costs next to nothing here.
 */
function findRepeat(log: MemoryLog, { tenant, streams }: AppendBatch): AppendOutcome | undefined {
  const ids = streams.flatMap((append) => append.events.map((event) => event.id))
  const recorded = ids.map((id) => log.find(tenant, id, latest))
  const reused = recorded.findIndex((event) => event !== undefined)
  if (reused === -1) return findTwin(ids)
  return repeatOf(streams, recorded) ?? { status: "id-reused", eventId: ids[reused] as string }
}

/** The same id twice in one batch. */
function findTwin(ids: readonly string[]): AppendOutcome | undefined {
  if (ids.length === 1 || new Set(ids).size === ids.length) return undefined
  const eventId = ids.find((id, index) => ids.indexOf(id) < index) as string
  return { status: "id-reused", eventId }
}

function repeatOf(
  streams: AppendBatch["streams"],
  recorded: readonly (StoredEvent | undefined)[],
): Appended | undefined {
  const firstVersions: number[] = []
  let start = 0
  for (const append of streams) {
    const part = recorded.slice(start, start + append.events.length)
    if (!isRepeat(append, part)) return undefined
    firstVersions.push(part[0].version)
    start += part.length
  }
  const events = recorded as readonly StoredEvent[]
  const recordedAt = (events[0] as StoredEvent).recordedAt
  return { status: "repeated", firstVersions, positions: events.map((event) => event.position), recordedAt }
}

/** The same ids in the same stream, with the same types, at consecutive versions. Payloads aren't compared: ciphertext varies. */
function isRepeat(
  append: StreamAppend,
  recorded: readonly (StoredEvent | undefined)[],
): recorded is readonly [StoredEvent, ...StoredEvent[]] {
  const firstVersion = recorded[0]?.version ?? 0
  return append.events.every(({ type }, index) => {
    const event = recorded[index]
    return (
      event !== undefined &&
      event.type === type &&
      event.version === firstVersion + index &&
      event.stream.category === append.stream.category &&
      event.stream.id === append.stream.id
    )
  })
}

function findVersionConflict(log: MemoryLog, { streams }: AppendBatch): AppendOutcome | undefined {
  for (const { stream, expected } of streams) {
    if (expected === "any") continue
    const actual = log.version(stream, latest)
    if (!matchesExpected(expected, actual)) return { status: "version-conflict", stream, expected, actual }
  }
  return undefined
}

/** Searches from the newest event down to `after`, which usually isn't far below. */
function findViolation(log: MemoryLog, { tenant, condition }: AppendBatch): AppendOutcome | undefined {
  if (condition === undefined) return undefined
  for (let index = log.entries.length - 1; index >= 0; index--) {
    const { event } = log.entries[index] as LoggedEvent
    if (event.position <= condition.after) return undefined
    if (event.stream.tenant === tenant && matchesQuery(condition.query, event)) {
      return { status: "condition-failed", position: event.position }
    }
  }
  return undefined
}
