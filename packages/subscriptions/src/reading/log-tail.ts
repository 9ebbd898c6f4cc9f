import { AsyncLocalStorage } from "node:async_hooks"
import { AnnalsError, type WakeUps } from "@annals/core"
import { AdaptivePause } from "./adaptive-pause.ts"
import { HeadWatch, type WatchedStore } from "./head-watch.ts"
import { TailListeners } from "./tail-listeners.ts"

/** What the tail of a store's log is watched by. */
export interface LogTailOptions {
  readonly store: WatchedStore
  /** Further hints, such as from a bus. */
  readonly wakeUps?: readonly WakeUps[]
  /** The longest pause between two looks at the head, in milliseconds. Default 5,000. */
  readonly pollIntervalMs?: number
  /** From 0 to below 1. Default `Math.random`. */
  readonly random?: () => number
}

/**
 * Tells listeners when there may be something new in a store's log: on every hint, and whenever the head has moved, at which it looks by itself
 * as long as somebody listens: 100 ms after something happened, and then at pauses that double. Hints alone may get lost.
 *
 * Whoever begins to listen is woken once in any case, soon. So it doesn't matter whether one reads first or listens first: what is appended
 * after a read, or becomes visible after it, brings another call.
 */
export class LogTail {
  readonly #options: LogTailOptions
  readonly #listeners = new TailListeners()
  readonly #pollIntervalMs: number
  /** Looking isn't a part of what the first listener does. */
  readonly #ownContext = AsyncLocalStorage.snapshot()
  #head: number | undefined
  #lastError: unknown
  #watch: HeadWatch | undefined
  readonly #underWay = new Set<Promise<void>>()
  #isClosed = false

  constructor(options: LogTailOptions) {
    const { pollIntervalMs = 5_000 } = options
    if (!Number.isSafeInteger(pollIntervalMs) || pollIntervalMs < 1) {
      const why = `pollIntervalMs must be a whole number from 1, not ${String(pollIntervalMs)}`
      throw new AnnalsError("INVALID_OPTION", why, { path: "pollIntervalMs" })
    }
    this.#options = options
    this.#pollIntervalMs = pollIntervalMs
  }

  /** The end of the log as last seen; `undefined`: not yet seen. */
  get head(): number | undefined {
    return this.#head
  }

  /** What the last look at the head failed with; `undefined`: it didn't. */
  get lastError(): unknown {
    return this.#lastError
  }

  /** A reader tells how far the log went when it reached the end. */
  noteHead(position: number): void {
    this.#head = Math.max(this.#head ?? 0, position)
  }

  /** Calls `listener`, in its own asynchronous context, when there may be something new. Throws `CLOSED`. */
  listen(listener: () => void): Disposable {
    if (this.#isClosed) throw new AnnalsError("CLOSED", "this tail is closed")
    const remove = this.#listeners.add(listener)
    this.#watch ??= this.#ownContext(() => this.#start())
    this.#watch.welcome()
    return {
      [Symbol.dispose]: () => {
        remove()
        if (this.#listeners.size === 0) this.#stop()
      },
    }
  }

  /** Calls nobody any more, and stops looking at once. Twice is fine. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#listeners.clear()
    this.#stop()
    await Promise.all(this.#underWay)
  }

  #start(): HeadWatch {
    const { store, wakeUps = [], random = Math.random } = this.#options
    const watch = new HeadWatch({
      store,
      pauses: new AdaptivePause(store.clock, this.#pollIntervalMs, random),
      wake: () => this.#listeners.wake(),
      saw: (head) => {
        this.#lastError = undefined
        this.noteHead(head)
      },
      failed: (error) => {
        this.#lastError = error
      },
    })
    const running = watch.run([store.wakeUps, ...wakeUps]).finally(() => this.#underWay.delete(running))
    this.#underWay.add(running)
    return watch
  }

  #stop(): void {
    this.#watch?.stop()
    this.#watch = undefined
  }
}
