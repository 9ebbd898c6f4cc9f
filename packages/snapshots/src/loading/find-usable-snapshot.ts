import { AnnalsError, type Snapshot, type SnapshotKey, type SnapshotStore } from "@annals/core"
import type { MissReason } from "../snapshots.ts"
import { describeKey } from "./describe-key.ts"
import { restoreState, type StateCodecSettings, Unusable } from "./state-codec.ts"

/** A state of which there is a snapshot. */
export interface UsableSnapshot<State = unknown> {
  readonly state: State
  readonly revision: number
  readonly takenAt: number
}

/** Told of each snapshot that can't be used, the newest first; `snapshot` is `undefined` where the store had none, or failed. */
export type OnMiss = (reason: MissReason, error: unknown, snapshot: Snapshot | undefined) => void

/** Of many snapshots that can't be used, by rules that changed say, not all are looked at. */
const maxTries = 10

/** The newest snapshot at or below a revision that gives a state. Never rejects. */
export async function findUsableSnapshot(
  store: SnapshotStore,
  key: SnapshotKey,
  atMost: number | undefined,
  codec: StateCodecSettings,
  onMiss: OnMiss,
): Promise<UsableSnapshot | undefined> {
  let bound = atMost ?? Number.MAX_SAFE_INTEGER
  for (let tried = 0; tried < maxTries && bound >= 0; tried++) {
    const found = await loadSnapshot(store, key, bound, onMiss)
    if (found === "failed") return undefined
    if (found === undefined) {
      if (tried === 0) onMiss("missing", undefined, undefined)
      return undefined
    }
    const opened = openSnapshot(codec, key, found, bound)
    if (!(opened instanceof Unusable)) return opened
    onMiss(opened.reason, unusable(key, found, opened), found)
    const { revision } = found
    // What isn't a revision, or one that wasn't asked for, doesn't say where to look on.
    if (!isRevision(revision, key, bound)) return undefined
    bound = revision - 1
  }
  return undefined
}

function unusable(key: SnapshotKey, { revision }: Snapshot, { message, cause }: Unusable): AnnalsError {
  const why = `the snapshot of ${describeKey(key)} at ${String(revision)} can't be used: ${message}`
  return new AnnalsError("INVALID_VALUE", why, { path: "snapshot", cause })
}

async function loadSnapshot(
  store: SnapshotStore,
  key: SnapshotKey,
  bound: number,
  onMiss: OnMiss,
): Promise<Snapshot | undefined | "failed"> {
  try {
    const found = await store.load(key, bound)
    // Somebody else's store may answer with anything, also with null where there is none.
    if (found === undefined || found === null) return undefined
    const { revision, schemaVersion, state, takenAt } = found
    return { revision, schemaVersion, state, takenAt }
  } catch (error) {
    onMiss("store-failed", error, undefined)
    return "failed"
  }
}

function openSnapshot(
  codec: StateCodecSettings,
  key: SnapshotKey,
  found: Snapshot,
  bound: number,
): UsableSnapshot | Unusable {
  try {
    const { revision, schemaVersion, takenAt } = found
    if (!isRevision(revision, key, bound))
      throw new Unusable("unreadable", "it has no revision that was asked for")
    if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 1)
      throw new Unusable("unreadable", "it has no schema version")
    return { state: restoreState(codec, found), revision, takenAt }
  } catch (error) {
    return error instanceof Unusable ? error : new Unusable("unreadable", "it can't be read", error)
  }
}

/** A stream without events has no state, a log without events has one. */
function isRevision(revision: unknown, { kind }: SnapshotKey, bound: number): boolean {
  const least = kind === "stream" ? 1 : 0
  return Number.isSafeInteger(revision) && (revision as number) >= least && (revision as number) <= bound
}
