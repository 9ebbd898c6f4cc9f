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
  readonly #lanes = new Map<unknown, Lane<Task>>()
  /** Lanes with a task waiting and none handed out. */
  readonly #ready = new Fifo<{ readonly key: unknown; readonly lane: Lane<Task> }>()
  #size = 0

  /** Tasks waiting or handed out. */
  get size(): number {
    return this.#size
  }

  add(key: unknown, task: Task): void {
    const lane = this.#laneOf(key)
    lane.waiting.push(task)
    this.#size++
    if (!lane.isBusy && lane.waiting.size === 1) this.#ready.push({ key, lane })
  }

  /** Hands out the task of the lane that has waited longest, until `done` or `giveBack`. */
  take(): Task | undefined {
    const next = this.#ready.take()
    if (next === undefined) return undefined
    next.lane.isBusy = true
    return next.lane.waiting.take()
  }

  /** The lane's task is done; its next one may go. */
  done(key: unknown): void {
    this.#size--
    this.#free(key)
  }

  /** The lane's task wasn't done: it is first of its lane again. */
  giveBack(key: unknown, task: Task): void {
    this.#laneOf(key).waiting.putFirst(task)
    this.#free(key)
  }

  #free(key: unknown): void {
    const lane = this.#laneOf(key)
    lane.isBusy = false
    if (lane.waiting.size > 0) this.#ready.push({ key, lane })
    else this.#lanes.delete(key)
  }

  #laneOf(key: unknown): Lane<Task> {
    const there = this.#lanes.get(key)
    if (there !== undefined) return there
    const lane = { waiting: new Fifo<Task>(), isBusy: false }
    this.#lanes.set(key, lane)
    return lane
  }
}
