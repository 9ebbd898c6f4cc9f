import { type Tracked, trackingOf } from "../aggregates/tracking.ts"
import { AnnalsError, isAnnalsError } from "../errors/annals-error.ts"
import { checkWhole } from "../store/check-read.ts"
import type { TypedStream } from "../streams/stream.ts"
import { type Replayed, replay } from "./replay.ts"
import type { LoadOptions } from "./repository.ts"
import { observe, type RepositoryCore, streamKeyOf, streamOf } from "./repository-core.ts"
import type { VersionedState } from "./snapshot-loading.ts"
import { streamDiscarded, streamNotFound } from "./stream-errors.ts"

/** A state, and what is known about the stream that it was folded from. */
export interface LoadedState extends VersionedState {
  readonly replayed: number
  readonly discarded: boolean
}

/** Loads an aggregate that exists, at a version or time if one is given. */
export async function loadAggregate(
  core: RepositoryCore,
  id: string,
  options: LoadOptions,
): Promise<Tracked> {
  const stream = streamOf(core, id)
  const past = checkPast(options)
  const loaded = await observe(core, id, { name: "load" }, () => loadPast(core, stream, past, options.signal))
  if (loaded.discarded) throw streamDiscarded(stream)
  return track(core, stream, loaded)
}

/** Loads an aggregate, or begins one. */
export async function loadOrCreateAggregate(
  core: RepositoryCore,
  id: string,
  signal: AbortSignal | undefined,
): Promise<Tracked> {
  const stream = streamOf(core, id)
  const loaded = await loadNewest(core, stream, signal)
  if (loaded.discarded) throw streamDiscarded(stream)
  return track(core, stream, loaded)
}

/** The newest state of a stream, also of one that has no events or is discarded. */
export function loadNewest(
  core: RepositoryCore,
  stream: TypedStream,
  signal: AbortSignal | undefined,
): Promise<LoadedState> {
  return observe(core, stream.id, { name: "load" }, () => loadUpTo(core, stream, undefined, signal))
}

/** Hands a state out as an aggregate. */
export function track(
  core: RepositoryCore,
  stream: TypedStream,
  { state, version, replayed }: LoadedState,
): Tracked {
  const root = core.behaviour.rootOf(state, stream.id, version)
  const tracking = trackingOf(root)
  tracking.owner = core
  tracking.stream = stream
  tracking.recorded = state
  tracking.version = version
  tracking.expected = version
  tracking.replayed = replayed
  tracking.onUnhandled = core.onUnhandled
  tracking.clock = core.log.clock
  return root
}

/** What a load asks for, of the past. */
type Past =
  | undefined
  | { readonly version: number }
  | { readonly recordedBy: number }
  | { readonly occurredBy: number }

function checkPast({ atVersion, atTime, by = "recordedAt" }: LoadOptions): Past {
  if (atVersion !== undefined && atTime !== undefined)
    throw invalidOption("atTime", "can't be given with atVersion")
  if (atVersion !== undefined) return { version: checkWhole(atVersion, "atVersion", 1, 1) }
  if (atTime === undefined) return undefined
  if (!Number.isFinite(atTime))
    throw invalidOption("atTime", `must be epoch milliseconds, not ${String(atTime)}`)
  if (by === "recordedAt") return { recordedBy: atTime }
  if (by === "occurredAt") return { occurredBy: atTime }
  throw invalidOption("by", `must be "recordedAt" or "occurredAt", not ${JSON.stringify(by)}`)
}

async function loadPast(
  core: RepositoryCore,
  stream: TypedStream,
  past: Past,
  signal: AbortSignal | undefined,
): Promise<LoadedState> {
  if (past !== undefined && "occurredBy" in past) return loadOccurred(core, stream, past.occurredBy, signal)
  const version =
    past &&
    ("version" in past ? past.version : await versionRecordedBy(core, stream, past.recordedBy, signal))
  const loaded = version === 0 ? undefined : await loadUpTo(core, stream, version, signal)
  if (loaded === undefined || loaded.version === 0) throw streamNotFound(stream)
  if (version !== undefined && loaded.version < version) throw streamNotFound(stream, version, loaded.version)
  return loaded
}

async function loadUpTo(
  core: RepositoryCore,
  stream: TypedStream,
  until: number | undefined,
  signal: AbortSignal | undefined,
): Promise<LoadedState> {
  const start = await startOf(core, stream, until)
  const { count, ...loaded } = await replayFrom(core, stream, start, until, signal)
  const isNew = count > 0 || (start.of !== "cache" && loaded.version > 0)
  if (until === undefined && isNew && !loaded.discarded) core.cache?.set(stream.id, loaded)
  return { ...loaded, replayed: count }
}

/** Where replaying starts. */
interface Start extends VersionedState {
  readonly of: "cache" | "snapshot" | "stream"
}

/** The nearest state that is kept somewhere, else the first event. */
async function startOf(core: RepositoryCore, stream: TypedStream, until: number | undefined): Promise<Start> {
  const { settings, log, unitOfWork } = core
  const cached = core.cache?.get(stream.id)
  if (cached !== undefined && cached.version <= (until ?? cached.version)) return { ...cached, of: "cache" }
  const snapshot = await settings.snapshots?.load(streamKeyOf(core, stream), until, log, unitOfWork)
  return snapshot === undefined ? beginningOf(core) : { ...snapshot, of: "snapshot" }
}

function beginningOf({ behaviour, onUnhandled }: RepositoryCore): Start {
  return { state: behaviour.initial(onUnhandled), version: 0, of: "stream" }
}

/** A snapshot of a state that had another shape once restores well, and fails the first event that touches what isn't there. */
async function replayFrom(
  core: RepositoryCore,
  stream: TypedStream,
  start: Start,
  until: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Replayed> {
  const { log, behaviour, onUnhandled, settings } = core
  const from = (state: Start) => replay(log, behaviour, stream, state, onUnhandled, { until, signal })
  try {
    return await from(start)
  } catch (error) {
    if (start.of !== "snapshot" || isAnnalsError(error) || signal?.aborted) throw error
    const replayed = await from(beginningOf(core))
    settings.snapshots?.unfit?.(streamKeyOf(core, stream), error)
    return replayed
  }
}

/** Order is by version, never by time: the last event recorded by then counts, and all before it. */
async function versionRecordedBy(
  { log }: Pick<RepositoryCore, "log">,
  stream: TypedStream,
  time: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const backward = log.readStream(stream, { direction: "backward", pageSize: 100, ...(signal && { signal }) })
  for await (const { events } of backward.undecodedPages()) {
    const last = events.find((event) => event.recordedAt <= time)
    if (last !== undefined) return last.version
  }
  return 0
}

/** Events recorded late count; those that occurred later don't, wherever they stand. */
async function loadOccurred(
  core: RepositoryCore,
  stream: TypedStream,
  time: number,
  signal: AbortSignal | undefined,
): Promise<LoadedState> {
  const start = beginningOf(core)
  const skip = (event: { readonly occurredAt: number }) => event.occurredAt > time
  const replayed = await replay(core.log, core.behaviour, stream, start, core.onUnhandled, { skip, signal })
  if (replayed.count === 0) throw streamNotFound(stream)
  return { ...replayed, version: replayed.completeTo, replayed: replayed.count }
}

function invalidOption(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}
