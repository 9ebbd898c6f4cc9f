import type { ServiceName } from "./service-name.ts"

/** How services of one source are run. Docker Compose and packages are the two. Called under the lock only. */
export interface ServiceRunner {
  /** Starts what doesn't run, each on its own data if it has any, and waits until all can be used. One outcome for each, in order. */
  start(names: readonly ServiceName[]): Promise<readonly PromiseSettledResult<void>[]>
  /** Ends everything that belongs to the service, with no chance to clean up, and keeps its data. */
  kill(name: ServiceName): Promise<void>
  /** Ends services and removes their data. */
  remove(names: readonly ServiceName[]): Promise<void>
}

/** Milliseconds until a service must have answered: a broker that starts beside five others on two cores needs a while. */
export const startTimeoutMs = 120_000
