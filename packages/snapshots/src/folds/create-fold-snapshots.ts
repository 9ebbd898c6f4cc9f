import type {
  EventStore,
  FoldScope,
  NewEvent,
  Payload,
  PositionedState,
  Projection,
  SnapshotKey,
} from "@annals/core"
import { checkWhole, invalidOption } from "../check-whole.ts"
import { SnapshotCounts } from "../loading/snapshot-counts.ts"
import { resolveSettings } from "../loading/snapshot-settings.ts"
import { everyEvents } from "../policies/every-events.ts"
import type { SnapshotStatus } from "../snapshots.ts"
import { foldFrom } from "./fold-from.ts"
import { foldKey } from "./fold-key.ts"
import type { FoldSnapshotOptions, FoldSnapshots, ReadFoldOptions } from "./fold-snapshots.ts"
import type { Folding } from "./folding.ts"
import { KnownFolds } from "./known-folds.ts"
import { loadFold } from "./load-fold.ts"
import { takeFold, takeIfDue } from "./take-fold.ts"

/**
 * Makes the snapshots of a projection that is folded over the log: to read its state when it is wanted, or for a projection in memory. Does no I/O by itself.
 * Throws `INVALID_OPTION`, `INVALID_NAME`.
 *
 * @example
 * const snapshots = createFoldSnapshots(store, totals, { policy: everyEvents(1_000) })
 * const { state } = await snapshots.read()
 */
export function createFoldSnapshots<Event extends NewEvent, State, Tx, Saved = Payload>(
  store: EventStore<Tx>,
  projection: Projection<string, Event, State>,
  options: FoldSnapshotOptions<NoInfer<State>, Saved> = {},
): FoldSnapshots<State> {
  const scope = scopeOf(store as EventStore<unknown>, options)
  // What the states are is checked by the types above; inside they have none.
  const given = { policy: everyEvents(1_000), ...options } as FoldSnapshotOptions<never, never>
  const settings = resolveSettings(store as EventStore<unknown>, given, { changing: true })
  const folding: Folding = {
    store: store as EventStore<unknown>,
    projection: projection as unknown as Folding["projection"],
    settings,
    counts: new SnapshotCounts(projection.name, settings.observer, settings.logger),
    known: new KnownFolds(),
    reading: readingOf(options),
  }
  return foldSnapshots(folding, scope, foldKey(projection.name, scope)) as FoldSnapshots<State>
}

function foldSnapshots(folding: Folding, scope: FoldScope, key: SnapshotKey): FoldSnapshots<unknown> {
  const { counts, known, projection, settings } = folding

  const read = async ({ atPosition, signal }: ReadFoldOptions = {}): Promise<PositionedState> => {
    if (atPosition !== undefined) checkWhole(atPosition, "atPosition", 0)
    const request = { scope, key, counts, signal }
    const { from, head } = await loadFold(folding, { ...request, atMost: atPosition })
    const until = Math.min(atPosition ?? head, head)
    const { state, position, folded } = await foldFrom(folding, from, until, request)
    const isNewest = position > (known.newest(key.name)?.revision ?? 0)
    if (folded > 0 && isNewest && known.mayTry(key.name, folded)) {
      const growth = { fromPosition: from?.position ?? 0, toPosition: position, folded }
      await takeIfDue(folding, key, state, growth, folded)
    }
    return { state, position }
  }

  return {
    store: folding.store,
    projection: projection.name,
    read,
    async load(scope, atMost) {
      checkTenant(folding.store, scope)
      const key = foldKey(projection.name, scope)
      try {
        return (await loadFold(folding, { scope, key, atMost, counts })).from
      } catch (error) {
        counts.missed("store-failed", key, error)
        return undefined
      }
    },
    async folded(state, { scope, ...growth }) {
      const key = foldKey(projection.name, scope)
      const toReplay = known.grown(key.name, { scope, ...growth })
      if (toReplay !== undefined) await takeIfDue(folding, key, state, growth, toReplay)
    },
    async take({ signal } = {}) {
      const request = { scope, key, counts: counts.ofTaking, signal }
      const { from, head } = await loadFold(folding, { ...request, atMost: undefined })
      const { state, position } = await foldFrom(folding, from, head, request)
      return takeFold(folding, key, state, position)
    },
    async remove() {
      known.forget(key.name)
      return settings.places.store().prune(key, 0)
    },
    status: () => statusOf(counts),
  }
}

function statusOf(counts: SnapshotCounts): Omit<SnapshotStatus, "waiting" | "dropped"> {
  const { dropped: _, ...status } = counts.status()
  return status
}

/** The store makes the test of what is given here, and refuses what it refuses when it is read. */
function scopeOf(
  store: EventStore<unknown>,
  { categories, tags, tenant = store.tenant }: FoldScope,
): FoldScope {
  const scope = {
    ...(categories !== undefined && { categories: [...categories] }),
    ...(tags !== undefined && { tags: [...tags] }),
    ...(tenant !== undefined && { tenant }),
  }
  store.filterTest(scope)
  return scope
}

/** Throws `INVALID_OPTION` for a fold that sees more of the log than the handle whose snapshots these are. */
function checkTenant({ tenant }: EventStore<unknown>, scope: FoldScope): void {
  if (tenant === undefined || scope.tenant === tenant) return
  throw invalidOption(
    "snapshots",
    `are those of tenant "${tenant}": make them with the store of the projection`,
  )
}

function readingOf({ pageSize, unreadable }: Folding["reading"]): Folding["reading"] {
  if (pageSize !== undefined) checkWhole(pageSize, "pageSize")
  if (
    unreadable !== undefined &&
    unreadable !== "fail" &&
    unreadable !== "raw" &&
    typeof unreadable !== "function"
  )
    throw invalidOption("unreadable", 'must be "fail", "raw" or a function that is told of what is left out')
  return { ...(pageSize !== undefined && { pageSize }), ...(unreadable !== undefined && { unreadable }) }
}
