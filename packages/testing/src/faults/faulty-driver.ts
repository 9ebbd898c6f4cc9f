import { AnnalsError, type StoreDriver } from "@annals/core"

/** What can be made to fail. */
export type FaultyOperation =
  | "append"
  | "transaction"
  | "readStream"
  | "readAll"
  | "findEvents"
  | "streamVersion"
  | "head"

/**
 * `"before"`: nothing of it happens. `"after"`: it happens, and nobody is told, as when the connection is lost at the commit:
 * the outcome is unknown to the caller.
 */
export type FaultMoment = "before" | "after"

/** Which calls fail, and how. */
export interface FaultOptions {
  /** How many calls fail. Default 1. */
  readonly times?: number
  /** How many calls succeed first. Default 0. */
  readonly afterCalls?: number
  /** Default: a retryable `STORE_UNAVAILABLE`. */
  readonly error?: Error
}

/** A driver that fails when it is told to. */
export interface FaultyDriver<Driver> {
  /** Hand it to `createStore`. */
  readonly driver: Driver
  /** Makes the next calls of an operation fail. Faults of one operation strike one after the other. */
  fail(operation: FaultyOperation, moment: FaultMoment, options?: FaultOptions): void
  /** How often an operation was called. */
  calls(operation: FaultyOperation): number
}

interface PlannedFault {
  readonly moment: FaultMoment
  readonly error: Error
  left: number
  callsBefore: number
}

/**
 * Puts faults between a driver and the front before it, to see what the callers of a store make of them.
 *
 * @example
 * const faulty = createFaultyDriver(createMemoryStoreDriver(systemClock))
 * await using store = createStore(faulty.driver)
 * faulty.fail("append", "after")
 * await createRepository(store, account).execute("alice", "deposit", { cents: 500 }) // deposits once
 */
export function createFaultyDriver<Tx, Driver extends StoreDriver<Tx>>(
  driver: Driver & StoreDriver<Tx>,
): FaultyDriver<Driver> {
  const planned = new Map<FaultyOperation, PlannedFault[]>()
  const counts = new Map<FaultyOperation, number>()

  const strike = (operation: FaultyOperation): PlannedFault | undefined => {
    counts.set(operation, (counts.get(operation) ?? 0) + 1)
    const [fault, ...rest] = planned.get(operation) ?? []
    if (!fault) return undefined
    if (fault.callsBefore > 0) {
      fault.callsBefore--
      return undefined
    }
    fault.left--
    if (fault.left === 0) planned.set(operation, rest)
    return fault
  }

  const faulty = async <Result>(operation: FaultyOperation, run: () => Promise<Result>): Promise<Result> => {
    const fault = strike(operation)
    if (fault?.moment === "before") throw fault.error
    const result = await run()
    if (fault) throw fault.error
    return result
  }

  const withFaults = (inner: StoreDriver<Tx>): StoreDriver<Tx> => {
    const forTenant = inner.forTenant?.bind(inner)
    return {
      ...inner,
      append: (batch, before) => faulty("append", () => inner.append(batch, before)),
      transaction: (work) => faulty("transaction", () => inner.transaction(work)),
      readStream: (stream, range) => faulty("readStream", () => inner.readStream(stream, range)),
      readAll: (filter, range) => faulty("readAll", () => inner.readAll(filter, range)),
      findEvents: (tenant, ids) => faulty("findEvents", () => inner.findEvents(tenant, ids)),
      streamVersion: (stream) => faulty("streamVersion", () => inner.streamVersion(stream)),
      head: () => faulty("head", () => inner.head()),
      ...(forTenant && { forTenant: (tenant) => withFaults(forTenant(tenant)) }),
    }
  }

  return {
    driver: withFaults(driver) as Driver,
    fail(operation, moment, { times = 1, afterCalls = 0, error = connectionLost() } = {}) {
      const fault: PlannedFault = { moment, error, left: times, callsBefore: afterCalls }
      planned.set(operation, [...(planned.get(operation) ?? []), fault])
    },
    calls: (operation) => counts.get(operation) ?? 0,
  }
}

function connectionLost(): AnnalsError {
  return new AnnalsError("STORE_UNAVAILABLE", "the connection was lost (a fault injected by a test)", {
    retryable: true,
  })
}
