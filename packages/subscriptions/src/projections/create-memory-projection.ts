import {
  type CheckpointStore,
  createMemoryStore,
  type EventStore,
  type EventType,
  type FoldScope,
  type FoldSnapshotLoading,
  type NewEvent,
  type Projection,
  type SnapshotOwner,
} from "@annals/core"
import { checkFunction } from "../options/check-function.ts"
import { checkObject } from "../options/check-object.ts"
import { invalidOption } from "../options/invalid-option.ts"
import { createSubscription } from "../subscription/create-subscription.ts"
import { createDefinition } from "../subscription/define-subscription.ts"
import type { StopOptions, Subscription } from "../subscription/subscription.ts"
import { FoldWithSnapshots } from "./fold-with-snapshots.ts"
import { MemoryFold } from "./memory-fold.ts"
import type { MemoryProjection, MemoryProjectionOptions } from "./memory-projection.ts"
import { runBeside } from "./run-beside.ts"

/**
 * Keeps the state of a projection in this process: it is folded from the beginning of the log, or from a snapshot, when it is started for the first time, and then follows
 * the log. Each process has its own. For states that fit into memory, and logs that are read through soon enough.
 *
 * A handler that throws ends it: what it had changed by then can't be taken back. It can be given to a manager as one of its `runners`.
 *
 * @example
 * await using running = createMemoryProjection(store, totals)
 * await running.start()
 * await running.waitFor(await store.head())
 * console.log(running.state.cents)
 */
export function createMemoryProjection<Event extends NewEvent, State, Tx>(
  store: EventStore<Tx>,
  projection: Projection<string, Event, State>,
  { snapshots, ...options }: MemoryProjectionOptions<NoInfer<State>> = {},
): MemoryProjection<State> {
  const { name, types, events } = projection
  const fold = new MemoryFold<State>(projection as unknown as Projection<string, NewEvent, State>)
  const kept =
    snapshots &&
    new FoldWithSnapshots(fold, checkSnapshots(snapshots, store, name), scopeOf(store, options), store)
  const definition = createDefinition<Tx, readonly EventType<string>[]>("projection", name, {
    ...options,
    events: events.types,
    types,
    // Trying again would fold an event into a state that it has half changed.
    retry: { isPermanent: () => true },
    handleBatch: (batch) => {
      if (kept === undefined) fold.add(batch)
      else kept.add(batch)
    },
  })
  // Where it is, and that it has all slots, is of this process as well.
  const { checkpoints, leases, deadLetters } = createMemoryStore({ clock: store.clock })
  const own: EventStore<Tx> = {
    ...store,
    checkpoints: kept === undefined ? checkpoints : restoreFirst(checkpoints, kept),
    leases,
    deadLetters,
  }
  const subscription = createSubscription(own, definition, options)
  return runBeside(kept === undefined ? subscription : waitForLast(subscription, kept, store), {
    get state() {
      return fold.state
    },
  })
}

/** Positions of another store's log mean nothing in this one, and states of another projection aren't its own. */
function checkSnapshots<State>(
  snapshots: FoldSnapshotLoading<State>,
  { wakeUps }: SnapshotOwner,
  name: string,
): FoldSnapshotLoading<State> {
  const { load, folded, store, projection } = checkObject(snapshots, "snapshots")
  checkFunction(load, "snapshots.load")
  checkFunction(folded, "snapshots.folded")
  if (store?.wakeUps !== wakeUps)
    throw invalidOption(
      "snapshots",
      "were made for another store: make them with the store of the projection",
    )
  if (projection !== name)
    throw invalidOption("snapshots", `were made for projection "${projection}", not for "${name}"`)
  return snapshots
}

function scopeOf<Tx>(
  store: EventStore<Tx>,
  { categories, tags, tenant = store.tenant }: MemoryProjectionOptions,
): FoldScope {
  return {
    ...(categories !== undefined && { categories: [...categories] }),
    ...(tags !== undefined && { tags: [...tags] }),
    ...(tenant !== undefined && { tenant }),
  }
}

/** Whoever asks for the checkpoint finds that of the snapshot: a start then reads on from there, and is ended or tried again like any other. */
function restoreFirst<State>(checkpoints: CheckpointStore, fold: FoldWithSnapshots<State>): CheckpointStore {
  let setting: Promise<void> | undefined
  const set = async (name: string) => {
    const position = await fold.restore()
    if (position > 0) await checkpoints.reset(name, position)
  }
  return {
    ...checkpoints,
    async load(name) {
      setting ??= set(name).catch((error) => {
        setting = undefined
        throw error
      })
      await setting
      return checkpoints.load(name)
    },
  }
}

/** Who stops it may close the store next, in which the last snapshot is being written. */
function waitForLast<State, Tx>(
  subscription: Subscription,
  fold: FoldWithSnapshots<State>,
  { clock }: EventStore<Tx>,
): Subscription {
  const stop = async (options?: StopOptions) => {
    const endsAt = clock.now() + (options?.timeoutMs ?? 10_000)
    await subscription.stop(options)
    await fold.settled(Math.max(0, endsAt - clock.now()))
  }
  return runBeside(subscription, { stop, [Symbol.asyncDispose]: () => stop() })
}
