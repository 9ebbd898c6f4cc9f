import type { FoldGrowth, Snapshot, SnapshotKey } from "@annals/core"
import { isDue } from "../loading/is-due.ts"
import { keepSnapshotTogether } from "../loading/keep-snapshot.ts"
import { observeTaking } from "../loading/observe-taking.ts"
import { replaceUnusable } from "../loading/replace-unusable.ts"
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
  if (!isDue(settings.policy, moment, settings.logger, projection.name)) return
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
    return (await writeFold(folding, key, snapshot)) || (await putInPlaceOfUnusable(folding, key, snapshot))
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

async function putInPlaceOfUnusable(
  folding: Folding,
  key: SnapshotKey,
  snapshot: Snapshot,
): Promise<boolean> {
  const isReplaced = await observed(folding, () => replaceUnusable(folding.settings, key, snapshot))
  if (isReplaced) folding.counts.taken()
  return isReplaced
}

function observed<Result>(
  { settings, store, projection }: Folding,
  run: () => Promise<Result>,
): Promise<Result> {
  const { name: system, tenant } = store
  const about = { system, ...(tenant !== undefined && { tenant }), subject: projection.name }
  return observeTaking(settings.observer, about, run)
}
