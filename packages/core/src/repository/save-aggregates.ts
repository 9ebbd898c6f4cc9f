import { type Tracked, trackingOf } from "../aggregates/tracking.ts"
import { AnnalsError, isAnnalsError } from "../errors/annals-error.ts"
import type { EventMetadata, NewEvent, RecordedEvent } from "../events/event.ts"
import { withId } from "../events/made-event.ts"
import type { AppendOptions, AppendResult } from "../store/event-store.ts"
import type { UnitOfWork } from "../store/unit-of-work.ts"
import type { TypedStream } from "../streams/stream.ts"
import { appendUntilKnown } from "./append-until-known.ts"
import { publishRecorded } from "./publish-recorded.ts"
import { foldRecorded } from "./replay.ts"
import type { SaveOptions, SaveResult } from "./repository.ts"
import { coreOf, type RepositoryCore, streamKeyOf } from "./repository-core.ts"
import type { StreamGrowth } from "./snapshot-loading.ts"
import { isDiscarded } from "./stream-end.ts"
import { streamAlreadyExists, streamDiscarded } from "./stream-errors.ts"

/** A save of one aggregate, underway. */
interface Saving {
  readonly core: RepositoryCore
  readonly root: Tracked
  readonly stream: TypedStream
  readonly events: readonly NewEvent[]
  /** The state without them. */
  readonly before: unknown
  readonly growth: StreamGrowth
  readonly inTransaction: boolean
}

export interface SavedTogether {
  /** In the order given. */
  readonly results: readonly SaveResult[]
  /** All of it was recorded by an earlier call. */
  readonly repeated: boolean
}

/**
 * Records what several aggregates raised, in one append: all or nothing. They may come from different repositories over the same store, or
 * unit of work. Rejects as `save` does.
 *
 * @example
 * from.execute("withdraw", { cents: 500 })
 * to.execute("deposit", { cents: 500 })
 * await saveTogether([from, to])
 */
export async function saveTogether(
  aggregates: readonly Tracked[],
  options: SaveOptions = {},
): Promise<readonly SaveResult[]> {
  return (await saveAggregates(aggregates, options)).results
}

export async function saveAggregates(
  roots: readonly Tracked[],
  {
    metadata,
    signal,
  }: { readonly metadata?: EventMetadata | undefined; readonly signal?: AbortSignal | undefined },
): Promise<SavedTogether> {
  const all = roots.map(beginSaving)
  const saves = all.filter(({ events }) => events.length > 0)
  const [first] = saves
  if (first === undefined) return { results: roots.map(nothingSaved), repeated: false }
  const appends = saves.map(({ root, stream, events }) => ({
    stream,
    events,
    expected: trackingOf(root).expected,
  }))
  const { result, isByGuess } = await describeConflict(
    saves,
    appendUntilKnown(sharedLog(saves), appends, {
      ...(metadata && { metadata }),
      ...(signal && { signal }),
      ...beforeCommit(saves),
    }),
  )
  const results = await finish(all, result, isByGuess)
  return { results, repeated: result.repeated }
}

function beginSaving(root: Tracked): Saving {
  const core = coreOf(root)
  const tracking = trackingOf(root)
  // Ids now, so that a save that is tried again, by us or by the caller, records nothing twice.
  tracking.events = tracking.events.map((event) =>
    event.id === undefined ? withId(event, core.log.generateId()) : event,
  )
  const stream = tracking.stream as TypedStream
  const growth = {
    stream: streamKeyOf(core, stream),
    fromVersion: tracking.expected,
    toVersion: tracking.expected + tracking.events.length,
    replayed: tracking.replayed,
  }
  const { snapshots } = core.settings
  const inTransaction = core.unitOfWork === undefined && snapshots?.inTransaction?.(growth) === true
  return {
    core,
    root,
    stream,
    events: [...tracking.events],
    before: tracking.recorded,
    growth,
    inTransaction,
  }
}

function sharedLog(saves: readonly Saving[]): RepositoryCore["log"] {
  const { log } = (saves[0] as Saving).core
  if (saves.every(({ core }) => core.log === log)) return log
  const message =
    "aggregates can only be saved together when their repositories were made for the same store or unit of work"
  throw new AnnalsError("INVALID_OPTION", message, { path: "aggregates" })
}

/** What the repositories do in the append's transaction. */
function beforeCommit(saves: readonly Saving[]): Pick<AppendOptions, "before"> {
  if (!saves.some(({ core, inTransaction }) => inTransaction || core.settings.before !== undefined)) return {}
  return {
    before: async (unitOfWork, events) => {
      for (const [before, own] of Map.groupBy(saves, ({ core }) => core.settings.before)) {
        await before?.(
          unitOfWork,
          own.flatMap((save) => eventsOf(save, events)),
        )
      }
      for (const save of saves) {
        if (save.inTransaction && raisedMeanwhile(save).length === 0)
          await tellSnapshots(save, stateAfter(save, eventsOf(save, events)), unitOfWork)
      }
    },
  }
}

async function tellSnapshots(
  { core, growth }: Saving,
  state: unknown,
  unitOfWork: UnitOfWork<unknown> | undefined,
) {
  try {
    await core.settings.snapshots?.saved(state, growth, unitOfWork)
  } catch (error) {
    core.log.logger?.error("a snapshot could not be taken", { stream: growth.stream, error })
    if (unitOfWork !== undefined) throw error
  }
}

function eventsOf({ stream }: Saving, events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  return events.filter((event) => event.stream.id === stream.id && event.stream.category === stream.category)
}

function stateAfter({ core, root, before }: Saving, events: readonly RecordedEvent[]): unknown {
  return core.behaviour.stateAfter(root, before, events)
}

/** Where an aggregate was to be new, a conflict has a plainer name. */
async function describeConflict<Result>(saves: readonly Saving[], append: Promise<Result>): Promise<Result> {
  try {
    return await append
  } catch (error) {
    if (!isAnnalsError(error, "VERSION_CONFLICT")) throw error
    const created = saves.filter(({ root }) => trackingOf(root).created)
    for (const { core, stream } of created) {
      const version = await core.log.streamVersion(stream)
      if (version === 0) continue
      throw (await isDiscarded(core.log, stream))
        ? streamDiscarded(stream)
        : streamAlreadyExists(stream, version, error)
    }
    throw error
  }
}

function nothingSaved(root: Tracked): SaveResult {
  return { version: trackingOf(root).version, events: [], position: undefined }
}

async function finish(
  saves: readonly Saving[],
  appended: AppendResult,
  isByGuess: boolean,
): Promise<SaveResult[]> {
  const recorded = appended.events
  const results: SaveResult[] = []
  for (const save of saves) {
    const events = eventsOf(save, recorded)
    results.push(events.length === 0 ? nothingSaved(save.root) : await settle(save, events, isByGuess))
  }
  await publish(saves, recorded)
  return results
}

async function settle(
  save: Saving,
  events: readonly RecordedEvent[],
  isByGuess: boolean,
): Promise<SaveResult> {
  const { core, root, stream, growth } = save
  const { version, position } = events.at(-1) as RecordedEvent
  // The same save, made twice at once: the other one has settled it.
  if (!save.events.some((event) => trackingOf(root).events.includes(event)))
    return { version, events, position }
  const state = stateAfter(save, events)
  const meanwhile = raisedMeanwhile(save)
  settleRoot(save, state, version, meanwhile)
  // Not simply the state after the events: a repeat of ids that an earlier append used, elsewhere in the stream or with other data, or more was
  // raised meanwhile.
  if (isByGuess || version !== growth.toVersion || meanwhile.length > 0) core.cache?.delete(stream.id)
  else {
    cacheSaved(save, state, version, events)
    if (!save.inTransaction && isCommittedOrWithin(core)) await tellSnapshots(save, state, core.unitOfWork)
  }
  return { version, events, position }
}

/** What is cached must be what a load would give. */
function cacheSaved(
  { core, stream, growth }: Saving,
  state: unknown,
  version: number,
  events: readonly RecordedEvent[],
): void {
  const { cache, behaviour, onUnhandled } = core
  if (!behaviour.changesWhenRaised) {
    cache?.set(stream.id, { state, version })
    return
  }
  const isNew = growth.fromVersion === 0
  const before = isNew ? { state: behaviour.initial(onUnhandled), version: 0 } : cache?.get(stream.id)
  if (before?.version !== growth.fromVersion) cache?.delete(stream.id)
  else cache?.set(stream.id, { state: foldRecorded(behaviour, before.state, events, onUnhandled), version })
}

/** Only a store's own append is committed when it resolves; what the log of a unit of work takes may yet be rolled back. */
function isCommittedOrWithin({ log, unitOfWork }: RepositoryCore): boolean {
  return unitOfWork !== undefined || "transaction" in log
}

/** What was raised while the save was under way: it is for the next one. */
function raisedMeanwhile({ root, events }: Saving): readonly NewEvent[] {
  const saved = new Set(events)
  return trackingOf(root).events.filter((event) => !saved.has(event))
}

function settleRoot(
  { core, root }: Saving,
  recorded: unknown,
  version: number,
  meanwhile: readonly NewEvent[],
) {
  const state = meanwhile.length === 0 ? recorded : core.behaviour.stateAfter(root, recorded, meanwhile)
  core.behaviour.settle(root, state, version)
  Object.assign(trackingOf(root), {
    recorded,
    version,
    expected: version,
    created: false,
    events: meanwhile,
  })
}

/** By bus: repositories that share one share a call of it. */
async function publish(saves: readonly Saving[], events: readonly RecordedEvent[]): Promise<void> {
  const cores = new Map(saves.map(({ core }) => [core.settings.bus, core]))
  for (const [bus, core] of cores) {
    const own = saves
      .filter((save) => save.core.settings.bus === bus)
      .flatMap((save) => eventsOf(save, events))
    await publishRecorded(core, own)
  }
}
