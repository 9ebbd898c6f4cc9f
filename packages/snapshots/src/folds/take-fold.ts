import type { FoldGrowth, Snapshot, SnapshotKey, SnapshotStore } from "@annals/core"
import { findUsableSnapshot } from "../loading/find-usable-snapshot.ts"
import { isDue } from "../loading/is-due.ts"
import { keepSnapshotTogether } from "../loading/keep-snapshot.ts"
import { observeTaking } from "../loading/observe-taking.ts"
import { serializeState } from "../loading/state-codec.ts"
import type { Folding } from "./folding.ts"

/** Takes a snapshot if one is due; `toReplay` counts the events since the one before. Reads the state before it first waits, and never rejects. */
export async function takeIfDue(
  folding: Folding,
  key: SnapshotKey,
  state: unknown,
  growth: Omit<FoldGrowth, "scope">,
  toReplay: number,
): Promise<void> {
  const { settings, store, projection, known, counts } = folding
  const moment = {
    kind: "fold" as const,
    fromRevision: growth.fromPosition,
    toRevision: growth.toPosition,
    added: growth.folded,
    toReplay,
    newest: known.newest(key.name),
    now: store.clock.now(),
  }
  if (!isDue(settings.policy, moment, store.logger, projection.name)) return
  try {
    await writeFold(folding, key, snapshotOf(folding, state, growth.toPosition))
  } catch (error) {
    counts.failedUnheard(key, error)
    known.failed(key.name, toReplay)
  }
}

/** Takes one in any case, also in the place of one of the same position that is of no use. `false`: there is one of that position, or a newer one. */
export async function takeFold(
  folding: Folding,
  key: SnapshotKey,
  state: unknown,
  position: number,
): Promise<boolean> {
  try {
    const snapshot = snapshotOf(folding, state, position)
    return (await writeFold(folding, key, snapshot)) || (await replaceUnusable(folding, key, snapshot))
  } catch (error) {
    folding.counts.failed(error)
    throw error
  }
}

/** Throws `INVALID_VALUE`, and what the form throws. */
function snapshotOf({ settings, store }: Folding, state: unknown, revision: number): Snapshot {
  const { codec } = settings
  return {
    revision,
    schemaVersion: codec.schemaVersion,
    state: serializeState(codec, state),
    takenAt: store.clock.now(),
  }
}

async function writeFold(folding: Folding, key: SnapshotKey, snapshot: Snapshot): Promise<boolean> {
  const { settings, known, counts } = folding
  const isKept = await observed(folding, () =>
    keepSnapshotTogether(settings.places, key, snapshot, settings.keepLast),
  )
  known.seen(key.name, snapshot)
  if (isKept) counts.taken()
  return isKept
}

async function replaceUnusable(folding: Folding, key: SnapshotKey, snapshot: Snapshot): Promise<boolean> {
  const { settings, counts } = folding
  const isReplaced = await observed(folding, () =>
    settings.places.together(async (store) => {
      if (!(await isInTheWay(folding, store, key, snapshot))) return false
      await store.prune(key, 0)
      return store.save(key, snapshot)
    }),
  )
  if (isReplaced) counts.taken()
  return isReplaced
}

/** One of a newer program stays, and so does one of a later position, which that program may have taken. */
async function isInTheWay(
  { settings }: Folding,
  store: SnapshotStore,
  key: SnapshotKey,
  { revision, schemaVersion }: Snapshot,
): Promise<boolean> {
  const unusable: (Snapshot | undefined)[] = []
  const usable = await findUsableSnapshot(store, key, undefined, settings.codec, (_reason, _error, missed) =>
    unusable.push(missed),
  )
  const [newest] = unusable
  if (newest === undefined || (usable?.revision ?? -1) >= revision) return false
  return !(newest.revision > revision) && !(newest.schemaVersion > schemaVersion)
}

function observed<Result>(
  { settings, store, projection }: Folding,
  run: () => Promise<Result>,
): Promise<Result> {
  const { name: system, tenant } = store
  const about = { system, ...(tenant !== undefined && { tenant }), subject: projection.name }
  return observeTaking(settings.observer, about, run)
}
