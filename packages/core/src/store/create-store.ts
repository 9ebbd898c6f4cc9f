import { insideUnitOfWork, isInsideUnitOfWork } from "../context/context.ts"
import { AnnalsError } from "../errors/annals-error.ts"
import { frontPorts } from "../ports/front/front-ports.ts"
import type { WakeUps } from "../ports/wake-ups.ts"
import type { SendBatch } from "./append-events.ts"
import { checkBound } from "./check-bound.ts"
import { ClosingHints } from "./closing-hints.ts"
import { createEventLog } from "./event-log.ts"
import type { AppendOptions, EventStore } from "./event-store.ts"
import { openUnitOfWork } from "./open-unit-of-work.ts"
import type { StoreDriver, TransactionSession } from "./store-driver.ts"
import type { StoreFront } from "./store-front.ts"
import { createStoreLifecycle, type StoreLifecycle } from "./store-lifecycle.ts"
import { resolveStoreOptions, type StoreOptions } from "./store-options.ts"
import type { UnitOfWork } from "./unit-of-work.ts"

/**
 * Makes a store of a backend: the one front that validates, stamps, encodes, decodes and observes for all of them.
 * Does no I/O before the first use.
 */
export function createStore<Tx>(driver: StoreDriver<Tx>, options: StoreOptions = {}): EventStore<Tx> {
  const front: StoreFront = { settings: resolveStoreOptions(options), system: driver.name }
  const closingHints = new ClosingHints()
  const wakeUps = closingHints.addTo(driver.wakeUps)
  return createHandle(
    { front, driver, lifecycle: createStoreLifecycle(driver), closingHints, wakeUps },
    undefined,
  )
}

/** What all handles of one store share. */
interface SharedStore<Tx> {
  readonly front: StoreFront
  readonly driver: StoreDriver<Tx>
  readonly lifecycle: StoreLifecycle
  readonly closingHints: ClosingHints
  /** The same object in every handle: by it a forwarder tells that two are of one store. */
  readonly wakeUps: WakeUps
}

function createHandle<Tx>(store: SharedStore<Tx>, tenant: string | undefined): EventStore<Tx> {
  const { front, lifecycle, closingHints } = store
  const { use } = lifecycle
  const driver = (tenant !== undefined && store.driver.forTenant?.(tenant)) || store.driver

  /** What waits for the open unit of work to end must not be awaited inside of it. */
  const refusalInside = (remedy: string): AnnalsError | undefined =>
    isInsideUnitOfWork(store)
      ? new AnnalsError("NESTED_WRITE", `a unit of work of this store is open here: ${remedy}`)
      : undefined

  const write = <Result>(run: () => Promise<Result>): Promise<Result> => {
    const refusal = refusalInside("write through that unit of work")
    return refusal === undefined ? use(run) : Promise.reject(refusal)
  }

  const inUnitOfWork = async <Result>(
    session: TransactionSession<Tx>,
    work: (unitOfWork: UnitOfWork<Tx>) => Result | PromiseLike<Result>,
  ): Promise<Result> => {
    const { unitOfWork, end } = openUnitOfWork(front, session, tenant)
    let result: Result
    try {
      result = await insideUnitOfWork(store, () => work(unitOfWork))
    } catch (error) {
      endQuietly(end)
      throw error
    }
    end()
    return result
  }

  const sender =
    (before: AppendOptions<Tx>["before"]): SendBatch =>
    (batch, recorded) =>
      before === undefined
        ? driver.append(batch)
        : driver.append(batch, (session, outcome) =>
            inUnitOfWork(session, (unitOfWork) => before(unitOfWork, recorded(outcome))),
          )

  const isRoot = tenant === undefined
  const close = async () => {
    if (!isRoot) return
    const refusal = refusalInside("close the store when that is over")
    if (refusal !== undefined) throw refusal
    const closing = lifecycle.close()
    closingHints.wake()
    await closing
  }

  return {
    capabilities: driver.capabilities,
    wakeUps: store.wakeUps,
    ...createEventLog<Tx>(front, { session: driver, tenant, use, write, sender }),
    ...frontPorts(driver.ports(tenant ?? ""), { read: use, write }),
    transaction: (work, { signal } = {}) =>
      write(async () => {
        signal?.throwIfAborted()
        return driver.transaction((session) => inUnitOfWork(session, work))
      }),
    within: (tx) => openUnitOfWork(front, driver.within(tx), tenant).unitOfWork,
    forTenant: (name) => createHandle(store, checkBound(tenant, name)),
    migrate: () => lifecycle.useUnopened(() => driver.migrate()),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The work's own error is the one to report. */
function endQuietly(end: () => void): void {
  try {
    end()
  } catch {}
}
