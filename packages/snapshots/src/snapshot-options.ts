import type { EventLog, Observer, Payload, SnapshotStore, StorePorts } from "@annals/core"
import type { SnapshotPolicy } from "./snapshot-policy.ts"
import type { StateForm } from "./state-form.ts"

/**
 * Turns what an older program saved into what the next version saves. Its parameter may be annotated with what that was; what it returns is trusted to be
 * the next version's. For a new shape, not for new rules: what is missing in an old state isn't in what was saved of it.
 */
export type SnapshotUpcaster = (saved: never) => unknown

/** What snapshots of streams and of folds have in common. */
export interface CommonSnapshotOptions<State, Saved = Payload> {
  /** When a snapshot is due. Default `everyEvents(100)`. */
  readonly policy?: SnapshotPolicy
  /**
   * Version of the state's shape, and of the rules that fold it: raise it with every change of either, and older snapshots are passed over, or upcast. A type of
   * event that was unknown so far, and ignored, is a change of the rules. Default 1.
   */
  readonly schemaVersion?: number
  /** One step a version: `{ 1: (saved) => … }` makes what version 2 saves of what version 1 saved. */
  readonly upcasters?: { readonly [fromVersion: number]: SnapshotUpcaster }
  /**
   * Default: the state itself, which must be what JSON carries exactly; properties that are `undefined` are left out. Where events change states (declared
   * aggregates, folds), no object may be in it twice: a restored state would have two of it. The store's codecs don't see it: what they encrypt in events, a form
   * must encrypt here.
   */
  readonly form?: StateForm<State, Saved>
  /**
   * How many snapshots of a state are kept, or `"all"`. More of them make earlier versions load faster, and cost room. While programs of two schema versions run
   * side by side, 2 keeps them from taking each other's place at each turn. Default 1.
   */
  readonly keepLast?: number | "all"
  /**
   * The share of loads through a snapshot, 0 to 1, that also replay everything and compare: a difference is logged and counted, and the replayed state is used. For
   * finding rules that changed without a new `schemaVersion`. Costs a full replay each. Default 0.
   */
  readonly verifyShare?: number
  /** From 0 up to 1: draws the loads that are compared. Default `Math.random`. */
  readonly random?: () => number
  /**
   * Where snapshots are kept: one place for all, outside of transactions; or a function that finds it in the store, and in each unit of work that it is given. Default:
   * the snapshots of the store. At one place outside, nothing is kept of what a unit of work saves; and its snapshots must be removed when the
   * events are replaced by others, by a restore for example.
   */
  readonly snapshotStore?: SnapshotStore | ((place: SnapshotPlace) => SnapshotStore)
  /**
   * How long a place outside may take for an answer, in milliseconds: then a load replays everything, and a snapshot counts as failed; and for ten times as long it
   * isn't asked again. Default 5,000. The store's own snapshots have the limits of the store.
   */
  readonly timeoutMs?: number
  /** Default: that of the store. */
  readonly observer?: Observer
}

/** A store, or a unit of work of it. */
export interface SnapshotPlace extends Pick<StorePorts, "snapshots"> {
  readonly events: EventLog
}

/** How snapshots of streams are taken. */
export interface SnapshotOptions<State, Saved = Payload> extends CommonSnapshotOptions<State, Saved> {
  /** Tells the states of several aggregates apart that are folded from the same category: each needs a name of its own. Default: the category's. */
  readonly name?: string
  /**
   * When a snapshot that is due is written. `"after"` (default): after the commit, before the save resolves. `"transaction"`: in the append's transaction, which then can't
   * share its round trip with others. `"background"`: some time after the save has resolved; what isn't written when the process dies is lost, which
   * loses nothing. Inside a unit of work it is always written there. The state of a decider is taken as it is; that of a declared aggregate or a class is
   * folded once more for it, from the newest snapshot on, since an event that is raised lacks what recording it adds.
   */
  readonly take?: "transaction" | "after" | "background"
  /** How many streams may wait in the background; further ones are dropped, and counted. Default 1,000. */
  readonly maxWaiting?: number
}
