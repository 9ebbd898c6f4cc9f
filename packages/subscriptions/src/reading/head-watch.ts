import type { Clock, WakeUps } from "@annals/core"
import type { AdaptivePause } from "./adaptive-pause.ts"
import { pause } from "./pause.ts"

/** After so long without an answer the listeners are told to look for themselves. */
const patienceMs = 10_000

/** What is needed of a store to see its log grow. */
export interface WatchedStore {
  readonly clock: Clock
  readonly wakeUps: WakeUps
  head(): Promise<number>
}

export interface HeadWatchConfig {
  readonly store: WatchedStore
  readonly pauses: AdaptivePause
  readonly wake: () => void
  readonly saw: (head: number) => void
  readonly failed: (error: unknown) => void
}

/** Looks at the head from when somebody begins to listen until nobody does; one look at a time. */
export class HeadWatch {
  readonly #config: HeadWatchConfig
  readonly #stopped = new AbortController()
  #seen: number | undefined
  /** Somebody began to listen, and wasn't woken since. */
  #isSomebodyNew = false

  constructor(config: HeadWatchConfig) {
    this.#config = config
  }

  stop(): void {
    this.#stopped.abort()
  }

  /** Somebody began to listen. What came after its last read may be what was seen already: it is woken by the next look in any case. */
  welcome(): void {
    this.#isSomebodyNew = true
    this.#config.pauses.end()
  }

  /** Never rejects. */
  async run(wakeUps: readonly WakeUps[]): Promise<void> {
    const { signal } = this.#stopped
    const hints = wakeUps.flatMap((source) => this.#listenTo(source))
    while (!signal.aborted) {
      await this.#look(signal)
      await this.#config.pauses.wait(signal)
    }
    for (const hint of hints) hint[Symbol.dispose]()
  }

  /** A source that can't be listened to, such as a closed bus, is done without: hints only save time. */
  #listenTo(source: WakeUps): Disposable[] {
    try {
      return [source.listen(() => this.#hinted())]
    } catch (error) {
      this.#config.failed(error)
      return []
    }
  }

  #hinted(): void {
    if (this.#stopped.signal.aborted) return
    this.#config.wake()
    // What the hint is about may not be visible yet.
    this.#config.pauses.shorten()
  }

  async #look(signal: AbortSignal): Promise<void> {
    const answered = new AbortController()
    this.#ask(signal).finally(() => answered.abort())
    while (!answered.signal.aborted && !signal.aborted) {
      await pause(this.#config.store.clock, patienceMs, answered.signal, signal)
      // A connection that died without a word keeps its query for minutes. Whoever reads has others.
      if (!answered.signal.aborted && !signal.aborted) this.#config.wake()
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    let head = this.#seen
    try {
      head = await this.#config.store.head()
      if (!signal.aborted) this.#config.saw(head)
    } catch (error) {
      if (!signal.aborted) this.#config.failed(error)
    }
    if (signal.aborted || (head === this.#seen && !this.#isSomebodyNew)) return
    if (head !== this.#seen) this.#config.pauses.shorten()
    this.#seen = head
    this.#isSomebodyNew = false
    this.#config.wake()
  }
}
