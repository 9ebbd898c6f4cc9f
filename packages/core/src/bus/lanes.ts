import { Fifo } from "./fifo.ts"

/** Most have one task at a time: a queue for each would be made for every event. */
interface Lane<Task> {
  /** The first that waits. */
  first: Task | undefined
  more: Fifo<Task> | undefined
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
    const lane = this.#lanes.get(key)
    if (lane === undefined) {
      const fresh = { first: task, more: undefined, isBusy: false }
      this.#lanes.set(key, fresh)
      this.#ready.push(fresh)
    } else if (lane.first === undefined) {
      lane.first = task
      if (!lane.isBusy) this.#ready.push(lane)
    } else {
      lane.more ??= new Fifo()
      lane.more.push(task)
    }
  }

  /** Hands out the task of the lane that has waited longest, until `done`. */
  take(): Task | undefined {
    for (let lane = this.#ready.take(); lane !== undefined; lane = this.#ready.take()) {
      if (lane.isBusy || lane.first === undefined) continue
      lane.isBusy = true
      const task = lane.first
      lane.first = lane.more?.take()
      return task
    }
    return undefined
  }

  /** The lane's task is done; its next one may go. */
  done(key: string): void {
    const lane = this.#lanes.get(key)
    if (lane === undefined) return
    lane.isBusy = false
    if (lane.first !== undefined) this.#ready.push(lane)
    else this.#lanes.delete(key)
  }

  /** Takes out all waiting tasks that match. */
  remove(matches: (task: Task) => boolean): readonly Task[] {
    const removed: Task[] = []
    for (const [key, lane] of this.#lanes) {
      // The first of a lane waits, too: what was handed out isn't in it any more.
      while (lane.first !== undefined && matches(lane.first)) {
        removed.push(lane.first)
        lane.first = lane.more?.take()
      }
      if (lane.more !== undefined) removed.push(...lane.more.remove(matches))
      if (lane.first === undefined && !lane.isBusy) this.#lanes.delete(key)
    }
    return removed
  }
}
