import type { EventStore } from "@annals/core"
import { invalidOption } from "../options/invalid-option.ts"
import { projectionSubscription } from "../projections/projection-subscription.ts"
import type { StoredProjection } from "../projections/stored-projection.ts"
import { checkMilliseconds } from "../subscription/check-run-options.ts"
import type { Rebuild, RebuildOptions } from "./rebuild.ts"
import { RunningRebuild } from "./running-rebuild.ts"

/**
 * Makes a projection's rows anew from the log, beside those that are read, and puts them in place when they have caught up: in one transaction, in which
 * the projection's subscription is set to where they are. The subscription may run meanwhile, here or elsewhere; appends don't wait. Only the projection's
 * handlers run: reactors have done what there is to do.
 *
 * Begins at once. Process and rebuild may end at any time: the next one goes on where this one was. For a projection whose subscription keeps it; one
 * that is kept `inline` lacks the events that are appended during the swap.
 *
 * @example
 * const rebuild = rebuildProjection(store, balances, { onProgress: (progress) => console.log(formatProgress(progress)) })
 * await rebuild.done
 */
export function rebuildProjection<Tx>(
  store: EventStore<Tx>,
  projection: StoredProjection<Tx>,
  options: RebuildOptions = {},
): Rebuild {
  const { leaseTtlMs = 10_000, random = Math.random } = options
  checkMilliseconds(leaseTtlMs, "leaseTtlMs")
  const scope = { store, projection, definition: definitionOf(projection, options) }
  return new RunningRebuild(scope, { ...options, leaseTtlMs, random })
}

function definitionOf<Tx>(
  projection: StoredProjection<Tx>,
  { tenant, from, unreadable, retry, onFailure, pageSize }: RebuildOptions,
) {
  if (from === "end") throw invalidOption("from", "can't be the end: a rebuild reads what was before it")
  return projectionSubscription(projection, {
    ...(tenant !== undefined && { tenant }),
    ...(from !== undefined && { from }),
    ...(unreadable !== undefined && { unreadable }),
    ...(retry !== undefined && { retry }),
    ...(onFailure !== undefined && { onFailure }),
    ...(pageSize !== undefined && { pageSize }),
  })
}
