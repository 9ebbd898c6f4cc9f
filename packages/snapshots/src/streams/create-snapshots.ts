import {
  type AggregateClass,
  type AggregateDefinition,
  AnnalsError,
  checkName,
  type EventStore,
  type NewEvent,
  type Payload,
  type SnapshotLoading,
  type StreamKey,
} from "@annals/core"
import { checkWhole, invalidOption } from "../check-whole.ts"
import { unfitState } from "../loading/unfit-state.ts"
import type { SnapshotOptions } from "../snapshot-options.ts"
import type { Snapshots } from "../snapshots.ts"
import type { StateForm } from "../state-form.ts"
import { loadState } from "./load-state.ts"
import { SnapshotTaker } from "./snapshot-taker.ts"
import {
  checkStream,
  keyOf,
  repositoryOf,
  resolveStreamSnapshots,
  type StreamSnapshots,
  stateOf,
} from "./stream-snapshots.ts"
import { takeAll } from "./take-all.ts"
import { putInPlaceOfUnusable, takeSnapshot, writeSnapshot } from "./write-snapshot.ts"

const longestClose = 10_000

/** Has the compiler say what a class lacks, in place of all that a decider has and it hasn't. */
interface NotOfAClass {
  readonly prototype?: "of a class: it needs the option form, which saves and restores its objects"
}

/**
 * Makes the snapshots of a kind of aggregates, for its repository. They are bound to the store's tenant. Does no I/O by itself. Throws `INVALID_OPTION`,
 * `INVALID_NAME`.
 *
 * @example
 * const snapshots = createSnapshots(store, account, { policy: everyEvents(100) })
 * const accounts = createRepository(store, account, { snapshots })
 */
export function createSnapshots<Class extends AggregateClass, Tx, Saved = Payload>(
  store: EventStore<Tx>,
  definition: Class,
  options: SnapshotOptions<InstanceType<Class>, Saved> & {
    readonly form: StateForm<InstanceType<Class>, Saved>
  },
): Snapshots<InstanceType<Class>>
export function createSnapshots<
  const Name extends string,
  Event extends NewEvent,
  State,
  Commands,
  Tx,
  Saved = Payload,
>(
  store: EventStore<Tx>,
  definition: NotOfAClass & AggregateDefinition<Name, Event, State, Commands>,
  options?: SnapshotOptions<NoInfer<State>, Saved>,
): Snapshots<State>
export function createSnapshots(store: EventStore<unknown>, definition: object, given: object = {}): unknown {
  // What the states are is checked by the types above; inside they have none.
  const options = given as SnapshotOptions<never, never>
  const { take = "after", maxWaiting = 1000 } = options
  if (take !== "transaction" && take !== "after" && take !== "background")
    throw invalidOption("take", `must be "transaction", "after" or "background", not ${JSON.stringify(take)}`)
  checkWhole(maxWaiting, "maxWaiting")
  const snapshots = resolveStreamSnapshots(store, definition, options)
  if (take === "transaction" && snapshots.settings.places.isOutside) {
    throw invalidOption(
      "take",
      "can't be \"transaction\" where snapshots are kept outside of the store's transactions",
    )
  }
  return snapshotsOf(snapshots, new SnapshotTaker(snapshots, take, maxWaiting))
}

function snapshotsOf(snapshots: StreamSnapshots, taker: SnapshotTaker): Snapshots<unknown> {
  const self: Snapshots<unknown> = {
    store: snapshots.store,
    async load(stream, atMost, log, unitOfWork) {
      checkStream(snapshots, stream)
      return loadState(snapshots, { stream, atMost, log, unitOfWork, counts: snapshots.counts })
    },
    unfit: missUnfit(snapshots),
    inTransaction: (growth) => taker.inTransaction(growth),
    saved: (state, growth, unitOfWork) => taker.saved(state, growth, unitOfWork),
    async take(id, { signal } = {}) {
      if (taker.isClosed)
        throw new AnnalsError("CLOSED", "these snapshots are closed: none is taken any more")
      return takeNow(snapshots, id, signal)
    },
    takeAll: async (options = {}) => takeAll(snapshots, (id) => self.take(id), options),
    async remove(id) {
      checkName(id, "id")
      await taker.queue.remove(id)
      snapshots.known.forget(id)
      return snapshots.settings.places.store().prune(keyOf(snapshots, id), 0)
    },
    status: () => ({ ...snapshots.counts.status(), waiting: taker.queue.waiting }),
    drain: () => taker.queue.drain(),
    close: async ({ timeoutMs = longestClose } = {}) => {
      checkWhole(timeoutMs, "timeoutMs")
      await taker.close(timeoutMs)
    },
    [Symbol.asyncDispose]: () => taker.close(longestClose),
  }
  return self
}

function missUnfit(snapshots: StreamSnapshots): (stream: StreamKey, error: unknown) => void {
  return ({ id }, error) => snapshots.counts.missed("restore-failed", keyOf(snapshots, id), unfitState(error))
}

async function takeNow(
  snapshots: StreamSnapshots,
  id: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { store, definition, settings, counts } = snapshots
  const { observer } = settings
  const loading: SnapshotLoading<unknown> = {
    store,
    load: (stream, atMost, log, unitOfWork) =>
      loadState(snapshots, { stream, atMost, log, unitOfWork, counts: counts.ofTaking }),
    unfit: missUnfit(snapshots),
    saved: () => {},
  }
  const repository = repositoryOf(store, definition, { snapshots: loading, ...(observer && { observer }) })
  const { state, version } = stateOf(snapshots, await repository.load(id, signal && { signal }))
  try {
    const taken = takeSnapshot(snapshots, id, state, version)
    return (await writeSnapshot(snapshots, taken)) || (await putInPlaceOfUnusable(snapshots, taken))
  } catch (error) {
    counts.failed(error)
    throw error
  }
}
