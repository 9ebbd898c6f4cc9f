import type { EventLog, Observer, SnapshotStore, StorePorts } from "@annals/core"
import type { SnapshotPolicy } from "./snapshot-policy.ts"
import type { StateForm } from "./state-form.ts"

/** Turns what an older program saved into what the next version saves. Its parameter may be annotated with what that was. */
export type SnapshotUpcaster = (saved: never) => unknown

/** What snapshots of streams and of folds have in common. */
export interface CommonSnapshotOptions<State> {
  /** When a snapshot is due. Default `everyEvents(100)`. */
  readonly policy?: SnapshotPolicy
  /**
   * Version of the state's shape, and of the rules that fold it: raise it with every change of either, and older snapshots are passed over, or upcast.
   * Default 1.
   */
  readonly schemaVersion?: number
  /** One step a version: `{ 1: (saved) => … }` makes what version 2 saves of what version 1 saved. */
  readonly upcasters?: { readonly [fromVersion: number]: SnapshotUpcaster }
  /** Default: the state itself, which must be what JSON carries exactly; properties that are `undefined` are left out. */
  readonly form?: StateForm<State>
  /** How many snapshots of a state are kept, or `"all"`. More of them make earlier versions load faster, and cost room. Default 1. */
  readonly keepLast?: number | "all"
  /**
   * The share of loads through a snapshot, 0 to 1, that also replay everything and compare: a difference is logged and counted, and the replayed state is used. For
   * finding rules that changed without a new `schemaVersion`. Costs a full replay each. Default 0.
   */
  readonly verifyShare?: number
  /**
   * Where snapshots are kept: one place for all, outside of transactions; or a function that finds it in the store, and in each unit of work. Default: the
   * snapshots of the store.
   */
  readonly snapshotStore?: SnapshotStore | ((place: SnapshotPlace) => SnapshotStore)
  /** Default: that of the store. */
  readonly observer?: Observer
}

/** A store, or a unit of work of it. */
export interface SnapshotPlace extends Pick<StorePorts, "snapshots"> {
  readonly events: EventLog
}

/** How snapshots of streams are taken. */
export interface SnapshotOptions<State> extends CommonSnapshotOptions<State> {
  /**
   * When a snapshot that is due is written. `"after"` (default): after the commit, before the save resolves. `"transaction"`: in the append's transaction, which then can't
   * share its round trip with others. `"background"`: some time after the save has resolved; what isn't written when the process dies is lost, which
   * loses nothing.
   */
  readonly take?: "transaction" | "after" | "background"
  /** How many streams may wait in the background; further ones are dropped, and counted. Default 1,000. */
  readonly maxWaiting?: number
}
