import { deriveId, type EventLog, type SnapshotKey, type StoredEvent, type StreamId } from "@annals/core"
import { snapshotsPruned, snapshotTaken } from "./snapshot-events.ts"

/**
 * What stands in the metadata of each event of a side stream: how many snapshots there are after it, and the newest one's revision. There, because
 * metadata are read without decoding the state, and whatever has become of the key by which it was encrypted.
 */
export interface SideStreamTail {
  readonly kept: number
  /** Of the newest, if there is one. */
  readonly revision: number
}

/** An event of a side stream, undecoded. */
export interface SideEvent {
  readonly stored: StoredEvent
  readonly isSnapshot: boolean
  /** `undefined`: somebody else appended it. */
  readonly tail: SideStreamTail | undefined
}

const maxIdLength = 1000

/**
 * The stream for the snapshots of one key. Its id can be read by people where it isn't too long for an id, and is derived from the key where it is: a UUID, which
 * can't be mistaken for the JSON array.
 */
export function sideStreamOf(category: string, { kind, name, id }: SnapshotKey): StreamId {
  const readable = JSON.stringify([kind, name, id])
  return { category, id: readable.length <= maxIdLength ? readable : deriveId(kind, name, id) }
}

/** From the newest to the oldest. The first page is small: as a rule what is wanted stands at the end, or just before a pruning. */
export async function* readSideStream(log: EventLog, stream: StreamId): AsyncGenerator<SideEvent> {
  let until: number | undefined
  for (const page of [
    { limit: 2, pageSize: 2 },
    { limit: Number.MAX_SAFE_INTEGER, pageSize: 8 },
  ]) {
    if (until === 0) return
    const options = { direction: "backward" as const, ...page, ...(until !== undefined && { until }) }
    for await (const { events } of log.readStream(stream, options).undecodedPages()) {
      for (const stored of events) {
        yield { stored, isSnapshot: stored.type === snapshotTaken.type, tail: tailOf(stored) }
        until = stored.version - 1
      }
    }
    until ??= 0
  }
}

/** The newest tail, and the version of the stream, at which the next event has to be appended. */
export async function readTail(
  log: EventLog,
  stream: StreamId,
): Promise<SideStreamTail & { readonly version: number }> {
  let version: number | undefined
  for await (const { stored, tail } of readSideStream(log, stream)) {
    version ??= stored.version
    if (tail !== undefined) return { ...tail, version }
  }
  return { kept: 0, revision: 0, version: version ?? 0 }
}

function tailOf({ type, metadata }: StoredEvent): SideStreamTail | undefined {
  if ((type !== snapshotTaken.type && type !== snapshotsPruned.type) || metadata === "") return undefined
  const { snapshots } = JSON.parse(metadata) as { readonly snapshots?: Partial<SideStreamTail> | null }
  const { kept, revision } = snapshots ?? {}
  return isWhole(kept) && isWhole(revision) ? { kept, revision } : undefined
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
