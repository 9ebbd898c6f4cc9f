import type { WakeUps } from "@annals/core"

/** How a store's file is looked at. */
export interface CommitWatch {
  /** Changes with every commit of other connections. `undefined`: there is nothing to look at. */
  dataVersion(): number | undefined
  /** The last position. */
  head(): number
}

/**
 * Hints after appends: at once after those of this store, and soon after those of other connections and processes, which
 * show in SQLite's `data_version`. The file is looked at only while somebody listens.
 */
export class SqliteWakeUps implements WakeUps {
  readonly #watch: CommitWatch
  readonly #pollIntervalMs: number
  readonly #listeners = new Set<{ readonly call: () => void }>()
  #dataVersion: number | undefined
  #head: number | undefined
  #timer: NodeJS.Timeout | undefined
  #scheduled = false

  constructor(watch: CommitWatch, pollIntervalMs: number) {
    this.#watch = watch
    this.#pollIntervalMs = pollIntervalMs
  }

  listen(listener: () => void): Disposable {
    const entry = { call: listener }
    this.#listeners.add(entry)
    this.start()
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(entry)
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
    this.#dataVersion = this.#watch.dataVersion()
    if (this.#dataVersion === undefined) return false
    this.#head = this.#watch.head()
    return true
  }

  #poll(): void {
    const dataVersion = this.#watch.dataVersion()
    if (dataVersion === undefined || dataVersion === this.#dataVersion) return
    this.#dataVersion = dataVersion
    this.#compareHead()
  }

  /** Not every commit appended something. */
  #compareHead(): void {
    const head = this.#watch.head()
    if (head === this.#head) return
    this.#head = head
    this.#wake()
  }

  /** Commits that come in the same turn are merged into one hint. */
  #wake(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      for (const { call } of this.#listeners) call()
    })
  }
}
