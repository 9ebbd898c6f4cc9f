import type { BusTask } from "./bus-task.ts"
import type { ConsumerProgress } from "./consumer-progress.ts"

/** Works on a task until it may be acknowledged. Throws `Interrupted` when the consumer stops before that. */
export type Deliver = (task: BusTask) => Promise<void>

/** What a delivery needs of its consumer. */
export interface DeliveryControl {
  readonly progress: ConsumerProgress
  /** Waits while the consumer is paused. Throws `Interrupted` when it stops. */
  ready(): Promise<void>
  /** Throws `Interrupted` when the consumer stops: a handler that failed because of that isn't to blame. */
  throwIfStopping(): void
  /** Waits out the backoff that follows so many attempts. Throws `Interrupted` when the consumer stops. */
  backOff(attempts: number): Promise<void>
}

/** The consumer stops: the task is given back, and an attempt that failed meanwhile doesn't count. */
export class Interrupted extends Error {
  constructor() {
    super("the consumer stops")
  }
}
