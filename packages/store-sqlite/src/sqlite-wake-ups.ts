import { AsyncLocalStorage } from "node:async_hooks"
import type { WakeUps } from "@annals/core"

/** How a store's file is looked at. */
export interface CommitWatch {
  /** Changes with every commit of other connections. `undefined`: the file isn't open. */
  dataVersion(): number | undefined
  /** The last position. `undefined`: the file isn't open. */
  head(): number | undefined
}

/**
 * Hints after appends: at once after those of this store, and soon after those of other connections and processes, which
 * show in SQLite's `data_version`. The file is looked at only while somebody listens.
 */
export class SqliteWakeUps implements WakeUps {
  readonly #watch: CommitWatch
  readonly #pollIntervalMs: number
  readonly #listeners = new Set<() => void>()
  #dataVersion: number | undefined
  #head: number | undefined
  #timer: NodeJS.Timeout | undefined
  #scheduled = false

  constructor(watch: CommitWatch, pollIntervalMs: number) {
    this.#watch = watch
    this.#pollIntervalMs = pollIntervalMs
  }

  listen(listener: () => void): Disposable {
    // What a listener does isn't a part of what the writer does: it runs in the context in which it began to listen.
    const call = AsyncLocalStorage.bind(() => listener())
    this.#listeners.add(call)
    this.start()
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(call)
        if (this.#listeners.size === 0) this.stop()
      },
    }
  }

  /** After a commit of this store. */
  committed(): void {
    if (this.#listeners.size > 0) this.#compareHead()
  }

  /**
   * Looks at the file from now on, if somebody listens. The one timer that isn't the injected clock's: it must not keep the
   * process alive, and what it does can come at any time anyway.
   */
  start(): void {
    if (this.#timer !== undefined || this.#listeners.size === 0 || !this.#lookAround()) return
    this.#timer = setInterval(() => this.#poll(), this.#pollIntervalMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #lookAround(): boolean {
    this.#dataVersion = this.#look(() => this.#watch.dataVersion())
    this.#head = this.#look(() => this.#watch.head())
    return this.#head !== undefined
  }

  #poll(): void {
    const dataVersion = this.#look(() => this.#watch.dataVersion())
    if (dataVersion === undefined || dataVersion === this.#dataVersion) return
    this.#dataVersion = dataVersion
    this.#compareHead()
  }

  /** Not every commit appended something. */
  #compareHead(): void {
    const head = this.#look(() => this.#watch.head())
    if (head !== undefined && head === this.#head) return
    this.#head = head
    this.#wake()
  }

  /** What can't be read now may be read next time; whoever waits for events learns of lasting trouble by reading. */
  #look(read: () => number | undefined): number | undefined {
    try {
      return read()
    } catch {
      return undefined
    }
  }

  /** Commits that come in the same turn are merged into one hint. Each listener is called for itself, so that one that throws keeps no other from being called. */
  #wake(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      for (const call of this.#listeners) queueMicrotask(() => this.#listeners.has(call) && call())
    })
  }
}
