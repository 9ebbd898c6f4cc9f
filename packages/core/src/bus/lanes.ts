import { Fifo } from "./fifo.ts"

interface Lane<Task> {
  readonly waiting: Fifo<Task>
  isBusy: boolean
}

/**
 * Tasks in lanes: those of one lane are handed out one after another, each once the one before is done; those of
 * different lanes side by side. A task that takes long holds up its own lane only.
 */
export class Lanes<Task> {
  readonly #lanes = new Map<string, Lane<Task>>()
  /** Lanes with a task waiting and none handed out. Some may have lost their tasks meanwhile. */
  readonly #ready = new Fifo<Lane<Task>>()

  add(key: string, task: Task): void {
    const lane = this.#laneOf(key)
    lane.waiting.push(task)
    if (!lane.isBusy && lane.waiting.size === 1) this.#ready.push(lane)
  }

  /** Hands out the task of the lane that has waited longest, until `done`. */
  take(): Task | undefined {
    for (let lane = this.#ready.take(); lane !== undefined; lane = this.#ready.take()) {
      if (lane.isBusy || lane.waiting.size === 0) continue
      lane.isBusy = true
      return lane.waiting.take()
    }
    return undefined
  }

  /** The lane's task is done; its next one may go. */
  done(key: string): void {
    const lane = this.#lanes.get(key)
    if (lane === undefined) return
    lane.isBusy = false
    if (lane.waiting.size > 0) this.#ready.push(lane)
    else this.#lanes.delete(key)
  }

  /** Takes out all waiting tasks that match. */
  remove(matches: (task: Task) => boolean): readonly Task[] {
    const removed: Task[] = []
    for (const [key, { waiting, isBusy }] of this.#lanes) {
      removed.push(...waiting.remove(matches))
      if (waiting.size === 0 && !isBusy) this.#lanes.delete(key)
    }
    return removed
  }

  #laneOf(key: string): Lane<Task> {
    const there = this.#lanes.get(key)
    if (there !== undefined) return there
    const lane = { waiting: new Fifo<Task>(), isBusy: false }
    this.#lanes.set(key, lane)
    return lane
  }
}
