export type { FoldSnapshots, ReadFoldOptions } from "./fold-snapshots.ts"
export type {
  CommonSnapshotOptions,
  SnapshotOptions,
  SnapshotPlace,
  SnapshotUpcaster,
} from "./snapshot-options.ts"
export type { SnapshotMoment, SnapshotPolicy } from "./snapshot-policy.ts"
export type { MissReason, SnapshotStatus, Snapshots, TakeAllOptions, TakeAllProgress } from "./snapshots.ts"
export type { StateForm } from "./state-form.ts"
