import type { Clock, EventReader, RecordedEvent, WakeUps } from "@annals/core"
import { ifNotAborted } from "../reading/if-not-aborted.ts"
import { pause } from "../reading/pause.ts"
import type { Watch } from "./watch.ts"

/** A store's own wake-ups don't keep the process alive; this pause does. Whatever comes after it: reading once more is harmless. */
const longestWaitMs = 600_000

/** What is watched. */
export interface WatchSource {
  readonly store: { readonly clock: Clock; readonly wakeUps: WakeUps }
  /** Before what is to be read. */
  start(): Promise<number>
  /** Reads from there to the end, as it is. */
  read(after: number): EventReader<RecordedEvent>
}

/** By hand, as an async generator can't be ended while it waits. */
export class EventWatch implements Watch<RecordedEvent> {
  readonly #source: WatchSource
  readonly #signal: AbortSignal | undefined
  readonly #ended = new AbortController()
  readonly #end = () => this.#stop(this.#signal?.reason)
  #pages: AsyncGenerator<readonly RecordedEvent[], undefined> | undefined
  #listening: Disposable | undefined
  #events: readonly RecordedEvent[] = []
  #index = 0
  /** Those who ask before the last one has its answer get theirs in turn. */
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #isOver = false
  #wake: AbortController | undefined
  #isWoken = false

  constructor(source: WatchSource, signal: AbortSignal | undefined) {
    this.#source = source
    this.#signal = signal
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<RecordedEvent, undefined>> {
    if (this.#waiting === 0 && this.#index < this.#events.length) return Promise.resolve(this.#take())
    this.#waiting++
    const result = this.#last.then(() => this.#next()).finally(() => this.#waiting--)
    this.#last = result.catch(() => {})
    return result
  }

  async return(): Promise<IteratorResult<RecordedEvent, undefined>> {
    this.#isOver = true
    this.#stop()
    return { done: true, value: undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  async #next(): Promise<IteratorResult<RecordedEvent, undefined>> {
    if (this.#isOver) return { done: true, value: undefined }
    try {
      this.#pages ??= this.#begin()
      await this.#fill(this.#pages)
      return this.#take()
    } catch (error) {
      if (this.#isOver) return { done: true, value: undefined }
      this.#isOver = true
      this.#stop()
      throw error
    }
  }

  #take(): IteratorResult<RecordedEvent, undefined> {
    return { done: false, value: this.#events[this.#index++] as RecordedEvent }
  }

  async #fill(pages: AsyncGenerator<readonly RecordedEvent[], undefined>): Promise<void> {
    this.#ended.signal.throwIfAborted()
    while (this.#index === this.#events.length) {
      const page = await ifNotAborted(this.#ended.signal, () => pages.next())
      this.#events = page.value ?? []
      this.#index = 0
    }
  }

  #begin(): AsyncGenerator<readonly RecordedEvent[], undefined> {
    this.#signal?.throwIfAborted()
    this.#signal?.addEventListener("abort", this.#end)
    // Before the first read: what is appended after that brings a hint.
    this.#listening = this.#source.store.wakeUps.listen(() => {
      this.#isWoken = true
      this.#wake?.abort()
    })
    return this.#read()
  }

  #stop(reason?: unknown): void {
    this.#ended.abort(reason)
    this.#signal?.removeEventListener("abort", this.#end)
    this.#listening?.[Symbol.dispose]()
    this.#listening = undefined
    this.#events = []
    this.#index = 0
  }

  async *#read(): AsyncGenerator<readonly RecordedEvent[], undefined> {
    let after = await this.#source.start()
    while (!this.#ended.signal.aborted) {
      this.#isWoken = false
      for await (const page of this.#source.read(after).pages()) {
        after = page.scannedTo
        yield page.events
      }
      await this.#untilWoken()
    }
  }

  async #untilWoken(): Promise<void> {
    if (this.#isWoken) return
    this.#wake = new AbortController()
    await pause(this.#source.store.clock, longestWaitMs, this.#wake.signal, this.#ended.signal)
  }
}
