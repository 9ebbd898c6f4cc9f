import type { RecordedEvent, UnitOfWork } from "@annals/core"
import { liveCopy } from "../projections/projection-target.ts"
import type { StoredProjection } from "../projections/stored-projection.ts"
import type { RunHandler, TransactionContext } from "../subscription/handling.ts"
import type { SubscriptionFilter } from "../subscription/subscription-definition.ts"
import type { CopyLease } from "./copy-leases.ts"
import { holdCopy } from "./hold-copy.ts"
import { isCaughtUp, putInPlace } from "./take-over.ts"

/** What a unit of work writes to, and what it has handled so far. */
interface Filling {
  copy: string
  readonly handled: Set<number>
}

/**
 * The handler of a projection's subscription. A version that isn't live yet fills a copy of its own beside the live one, which an older version may still keep
 * up to date; the unit of work that brings it to the end of the log puts it in place.
 */
export function fillCopy<Tx>(
  projection: StoredProjection<Tx>,
  settings: Pick<SubscriptionFilter, "tenant">,
): RunHandler<TransactionContext<Tx>> {
  const filter = { ...projection.filter, ...(settings.tenant !== undefined && { tenant: settings.tenant }) }
  const fillings = new WeakMap<UnitOfWork<Tx>, Filling>()

  let last: CopyLease | undefined

  async function fillingOf(unitOfWork: UnitOfWork<Tx>): Promise<Filling> {
    const known = fillings.get(unitOfWork)
    if (known !== undefined) return known
    last = await holdCopy(unitOfWork, projection, last)
    const filling = { copy: last.copy, handled: new Set<number>() }
    fillings.set(unitOfWork, filling)
    return filling
  }

  return async (events: readonly RecordedEvent[], { unitOfWork, signal }) => {
    const filling = await fillingOf(unitOfWork)
    await projection.target.apply(unitOfWork, filling.copy, events, signal)
    if (filling.copy === liveCopy) return
    for (const { position } of events) filling.handled.add(position)
    if (!(await isCaughtUp(unitOfWork, projection, filter, filling.handled))) return
    await putInPlace(unitOfWork, projection)
    filling.copy = liveCopy
  }
}
