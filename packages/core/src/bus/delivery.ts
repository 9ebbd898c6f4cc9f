import { AnnalsError } from "../errors/annals-error.ts"
import type { BusTask } from "./bus-task.ts"
import type { ConsumerProgress } from "./consumer-progress.ts"
import type { Hold } from "./hold.ts"

/** Works on a task until it is settled; `undefined`: it is. Throws `Interrupted` when its hold ends before that. */
export type Deliver = (task: BusTask) => Promise<void> | undefined

/** What a delivery needs of its consumer. */
export interface DeliveryControl {
  readonly progress: ConsumerProgress
  readonly isPaused: boolean
  /** Waits while the consumer is paused. Throws `Interrupted` when the hold ends. */
  ready(hold: Hold): Promise<void> | undefined
  /** Waits out the backoff that follows so many attempts. Throws `Interrupted` when the hold ends. */
  backOff(attempts: number, hold: Hold): Promise<void>
  delayAfter(attempts: number): number
  /** What an event waits for can't be done: `attempts` times in a row now. */
  noteObstacle(error: unknown, attempts: number): void
}

/** The consumer stops, or others take over: the task is given back, and an attempt that failed meanwhile doesn't count. */
export class Interrupted extends AnnalsError<"ABORTED"> {
  constructor() {
    super("ABORTED", "the consumer doesn't hold the event any more")
  }
}

/** A handler that failed because its hold ends isn't to blame. */
export function throwIfEnding(hold: Hold): void {
  if (hold.isEnding) throw new Interrupted()
}

/**
 * Repeats a call until it succeeds: until the dead letter store or the broker has answered, the event is neither handled nor safe, and waits.
 * Throws `Interrupted` when the hold ends.
 */
export async function persist<Result>(
  control: DeliveryControl,
  hold: Hold,
  call: () => Promise<Result>,
): Promise<Result> {
  for (let attempts = 1; ; attempts++) {
    throwIfEnding(hold)
    try {
      return await call()
    } catch (error) {
      control.noteObstacle(error, attempts)
      await control.backOff(attempts, hold)
    }
  }
}
