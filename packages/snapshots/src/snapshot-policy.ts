import type { Snapshot } from "@annals/core"

/** What a policy is told. Counts are of a stream's events (revision = version), or of what a fold read (revision = position). */
export interface SnapshotMoment {
  readonly kind: "stream" | "fold"
  /** Before what was added. */
  readonly fromRevision: number
  /** What a snapshot taken now would stand for. */
  readonly toRevision: number
  /** How many events were added. */
  readonly added: number
  /** How many events a load has to replay now: those since the newest snapshot that is known here, else since the first. */
  readonly toReplay: number
  /** The newest snapshot that this process knows of. */
  readonly newest: Pick<Snapshot, "revision" | "takenAt"> | undefined
  /** Epoch milliseconds. */
  readonly now: number
}

/** Whether a snapshot is due. Must be quick: it is asked at every save. What it throws is logged, and means no. */
export type SnapshotPolicy = (moment: SnapshotMoment) => boolean
