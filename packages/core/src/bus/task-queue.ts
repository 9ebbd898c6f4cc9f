import type { BusTask } from "./bus-task.ts"
import { Fifo } from "./fifo.ts"
import { Lanes } from "./lanes.ts"

/** The tasks that a consumer holds and hasn't begun. */
export interface TaskQueue {
  add(task: BusTask): void
  /** The next task that may be begun now, if there is one. */
  take(): BusTask | undefined
  /** A task that was taken is over, whatever came of it. */
  over(task: BusTask): void
  /** Takes out all that match. */
  remove(matches: (task: BusTask) => boolean): readonly BusTask[]
}

/** With order `"stream"` each stream's tasks are handed out one at a time, with `"none"` all as they came. */
export function createTaskQueue(order: "stream" | "none"): TaskQueue {
  if (order === "stream") {
    const lanes = new Lanes<BusTask>()
    return {
      add: (task) => lanes.add(task.lane, task),
      take: () => lanes.take(),
      over: (task) => lanes.done(task.lane),
      remove: (matches) => lanes.remove(matches),
    }
  }
  const waiting = new Fifo<BusTask>()
  return {
    add: (task) => waiting.push(task),
    take: () => waiting.take(),
    over: () => {},
    remove: (matches) => waiting.remove(matches),
  }
}
