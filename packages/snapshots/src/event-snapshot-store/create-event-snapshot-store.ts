import {
  checkName,
  defineEvents,
  describeStream,
  type EventLog,
  type EventOptions,
  isAnnalsError,
  type NewEvent,
  type Snapshot,
  type SnapshotKey,
  type SnapshotStore,
  type StoredEvent,
  type StreamId,
} from "@annals/core"
import { checkWhole } from "../check-whole.ts"
import { checkKey, checkSnapshot } from "./check-snapshot.ts"
import { readSideStream, readTail, type SideStreamTail, sideStreamOf } from "./side-stream.ts"
import { snapshotsPruned, snapshotTaken } from "./snapshot-events.ts"
import { fromEventData, toEventData } from "./snapshot-form.ts"

/** Where snapshots are kept as events. */
export interface EventSnapshotStoreOptions {
  /** The category of the side streams. Default `"$snapshots"`. */
  readonly category?: string
}

/**
 * A `SnapshotStore` that keeps its snapshots as events: those of each key in a side stream of their own, in any store, or in a unit of work.
 *
 * The events are `snapshotTaken` and `snapshotsPruned`, of the category `$snapshots`. A store that was given its `events` must have both among them. They take a place
 * in the log like any others, so every reader without a filter meets them: give them a store of their own, or have subscriptions name their types or categories. An event can't be deleted:
 * pruned snapshots aren't found any more, but go on taking room. A snapshot that can't be read is passed over with a warning in the store's log, and an older one is found.
 *
 * Bound to the tenant of the log. States longer than `maxEventSize` (16 MiB; bytes count 4/3) reject with `EVENT_TOO_LARGE`. Throws `INVALID_NAME`.
 *
 * @example
 * await using archive = createSqliteStore({ file: "snapshots.db" })
 * const snapshots = createSnapshots(store, account, { snapshotStore: createEventSnapshotStore(archive) })
 */
export function createEventSnapshotStore(
  log: EventLog,
  options: EventSnapshotStoreOptions = {},
): SnapshotStore {
  const category = checkName(options.category ?? "$snapshots", "category")
  return {
    async load(key, atMost = Number.MAX_SAFE_INTEGER) {
      const checked = checkKey(key)
      checkWhole(atMost, "atMost", 0)
      return findSnapshot(log, sideStreamOf(category, checked), checked, atMost)
    },
    async save(key, snapshot) {
      const of = checkKey(key)
      const checked = checkSnapshot(snapshot)
      const { revision } = checked
      // Made before it first waits: the bytes are the caller's.
      const data = toEventData(of, checked)
      return appendAtTail(log, sideStreamOf(category, of), (tail) => {
        if (tail.kept > 0 && tail.revision >= revision) return { result: false }
        return { result: true, event: snapshotTaken(data, withTail({ kept: tail.kept + 1, revision })) }
      })
    },
    async prune(key, keepLast) {
      const of = checkKey(key)
      checkWhole(keepLast, "keepLast", 0)
      return appendAtTail(log, sideStreamOf(category, of), ({ kept, revision }) => {
        const removed = kept - keepLast
        if (removed <= 0) return { result: 0 }
        const event = snapshotsPruned({ of, keepLast, removed }, withTail({ kept: keepLast, revision }))
        return { result: removed, event }
      })
    },
  }
}

const snapshotEvents = defineEvents([snapshotTaken, snapshotsPruned])

function withTail(tail: SideStreamTail): EventOptions {
  return { metadata: { snapshots: { ...tail } } }
}

/** Those that are kept are the newest of the stream, as many as its last event says. */
async function findSnapshot(
  log: EventLog,
  stream: StreamId,
  key: SnapshotKey,
  atMost: number,
): Promise<Snapshot | undefined> {
  let left: number | undefined
  for await (const { stored, isSnapshot, tail } of readSideStream(log, stream)) {
    if (tail === undefined) continue
    left ??= tail.kept
    if (left === 0) return undefined
    if (!isSnapshot) continue
    left--
    const found = tail.revision <= atMost ? await decode(log, stored, key, tail.revision) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

async function decode(
  log: EventLog,
  stored: StoredEvent,
  key: SnapshotKey,
  revision: number,
): Promise<Snapshot | undefined> {
  let error: unknown
  const ignore = (_event: StoredEvent, cause: unknown) => {
    error = cause
  }
  const [event] = await log.decode([stored], { events: snapshotEvents, unreadable: ignore })
  const snapshot = event && fromEventData(event.data, key)
  if (snapshot?.revision === revision) return snapshot
  const place = { stream: describeStream(stored.stream), version: stored.version }
  const fields = error === undefined ? place : { ...place, error }
  log.logger?.warn("a snapshot kept as an event can't be read and is passed over", fields)
  return undefined
}

/** What to append after a tail, if anything, and what the caller is told. */
interface Change<Result> {
  readonly result: Result
  readonly event?: NewEvent
}

/** At exactly the version at which it was decided: who comes too late decides again, on what is there now. */
async function appendAtTail<Result>(
  log: EventLog,
  stream: StreamId,
  decide: (tail: SideStreamTail) => Change<Result>,
): Promise<Result> {
  let conflict: { readonly error: unknown; readonly version: number } | undefined
  while (true) {
    const { version, ...tail } = await readTail(log, stream)
    // In a transaction that can't see what others commit, it would go on for ever.
    if (conflict !== undefined && version <= conflict.version) throw conflict.error
    const { result, event } = decide(tail)
    if (event === undefined) return result
    try {
      await log.append(stream, [event], { expected: version })
      return result
    } catch (error) {
      if (!isAnnalsError(error, "VERSION_CONFLICT")) throw error
      conflict = { error, version }
    }
  }
}
