export {
  createEventSnapshotStore,
  type EventSnapshotStoreOptions,
} from "./event-snapshot-store/create-event-snapshot-store.ts"
export { type SnapshotTaken, snapshotsPruned, snapshotTaken } from "./event-snapshot-store/snapshot-events.ts"
export { createFoldSnapshots } from "./folds/create-fold-snapshots.ts"
export type { FoldSnapshotOptions, FoldSnapshots, ReadFoldOptions } from "./folds/fold-snapshots.ts"
export { afterReplaying } from "./policies/after-replaying.ts"
export { type AfterTimeOptions, afterTime } from "./policies/after-time.ts"
export { anyOf } from "./policies/any-of.ts"
export { everyEvents } from "./policies/every-events.ts"
export { never } from "./policies/never.ts"
export type {
  CommonSnapshotOptions,
  SnapshotOptions,
  SnapshotPlace,
  SnapshotUpcaster,
} from "./snapshot-options.ts"
export type { SnapshotMoment, SnapshotPolicy } from "./snapshot-policy.ts"
export type { MissReason, SnapshotStatus, Snapshots, TakeAllOptions, TakeAllProgress } from "./snapshots.ts"
export type { Restorable, StateForm } from "./state-form.ts"
export { createSnapshots } from "./streams/create-snapshots.ts"
