import {
  AnnalsError,
  type CheckpointStore,
  type EventIn,
  type EventStore,
  type EventType,
  type Recorded,
  slotCount,
} from "@annals/core"
import type { RunOptions } from "../subscription/check-run-options.ts"
import { createSubscription } from "../subscription/create-subscription.ts"
import { createDefinition } from "../subscription/define-subscription.ts"
import type { Subscription } from "../subscription/subscription.ts"
import { invalidOption } from "./check-projection.ts"
import type { ExternalProjectionOptions, ExternalStore } from "./external-projection.ts"

/**
 * Keeps a store of the user's own (a search index, a cache, another database) up to date. How far it is, is asked of that store at each start, so a store
 * that was emptied or restored is filled from where it is. Of several processes one applies and the others stand by.
 *
 * It can be given to a manager as one of its `runners`.
 *
 * @example
 * const owners = { position: 0, names: new Map<string, string>() } // another database, say
 * const search = createExternalProjection(store, "search", {
 *   events: [opened],
 *   into: {
 *     position: () => owners.position,
 *     apply(events, { from, to }) {
 *       if (owners.position !== from) return false
 *       for (const { stream, data } of events) owners.names.set(stream.id, data.owner)
 *       owners.position = to
 *       return true
 *     },
 *   },
 * })
 * await search.start()
 */
export function createExternalProjection<const Types extends readonly EventType<string>[], Tx>(
  store: EventStore<Tx>,
  name: string,
  { into, ...settings }: ExternalProjectionOptions<Types>,
  options: RunOptions = {},
): Subscription {
  if (typeof into?.apply !== "function" || typeof into.position !== "function") {
    throw invalidOption("into", "must have the functions position and apply")
  }
  const applied = new Applied(name, into)
  const definition = createDefinition<Tx, Types>("projection", name, {
    ...settings,
    handleBatch: (events, { signal }) => applied.add(events as readonly Recorded<EventIn<Types>>[], signal),
  })
  return createSubscription({ ...store, checkpoints: checkpointsOf(name, into, store) }, definition, options)
}

/** Hands events to an external store, whatever was handed to it before. */
class Applied<Event extends { readonly position: number }> {
  readonly #name: string
  readonly #into: ExternalStore<Event>
  /** Where the store is; `undefined`: it must be asked. */
  #position: number | undefined

  constructor(name: string, into: ExternalStore<Event>) {
    this.#name = name
    this.#into = into
  }

  async add(events: readonly Event[], signal: AbortSignal): Promise<void> {
    const from = this.#position ?? (await this.#into.position())
    // Until the outcome is known, it isn't known where the store is.
    this.#position = undefined
    const fresh = events.filter(({ position }) => position > from)
    const to = fresh.at(-1)?.position ?? from
    if (fresh.length > 0 && !(await this.#into.apply(fresh, { from, to, signal }))) {
      const message = `the store of projection "${this.#name}" isn't at position ${from} any more: another instance was faster`
      throw new AnnalsError("CHECKPOINT_CONFLICT", message, { expected: from, retryable: true })
    }
    this.#position = to
  }
}

/** The store's own position in place of a checkpoint: nothing else has to be saved. */
function checkpointsOf(
  name: string,
  into: Pick<ExternalStore<never>, "position">,
  { leases }: Pick<EventStore, "leases">,
): CheckpointStore {
  return {
    async load() {
      const position = await into.position()
      return position === 0 ? [] : [{ slots: { first: 0, last: slotCount - 1 }, position }]
    },
    advance: async (_name, { fences = [] }) => ((await leases.holds(fences)) ? "advanced" : "fenced"),
    reset: async () => {},
    remove: async () => {},
    list: async () => [name],
  }
}
