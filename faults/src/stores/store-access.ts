import type { EventStore, UnitOfWork } from "@annals/core"
import type { Moment } from "./operation.ts"

/** How a process gets at a store, and what it must know about it. */
export interface StoreAccess<Location> {
  open(location: Location): EventStore
  /**
   * Called in a transaction in which a fault is about to strike, with everything written. Returns the server's number of its connection,
   * where there is one.
   */
  prepareFault(unitOfWork: UnitOfWork<unknown>, moment: Moment): Promise<number | undefined>
  /** Whether an error may come of a fault: then the same is tried again. Any other ends the run. */
  mayHaveFailedByFault(error: unknown): boolean
}
