import type { Clock, Logger } from "@annals/core"
import { pause } from "./pause.ts"
import { reasonOf } from "./reason-of.ts"

/**
 * The least time between two notifications. It bounds what they cost the writers, and is the longest that a reader in another process waits for an event
 * that comes right behind another.
 */
const intervalMs = 5

/** How long `stop()` waits for a server that doesn't answer. */
const farewellMs = 1_000

export interface NotifierConfig {
  /** Tells the other processes. */
  readonly send: () => Promise<void>
  readonly clock: Clock
  readonly logger: Logger | undefined
}

/**
 * Tells other processes that there may be something to read: at once when the last time is longer ago than the interval, else
 * once at its end, and never twice at a time. Nobody waits for it, and a failure is only logged: whoever missed it polls.
 */
export class Notifier {
  readonly #config: NotifierConfig
  readonly #stopping = new AbortController()
  #isWanted = false
  #hasFailed = false
  #running: Promise<void> | undefined

  constructor(config: NotifierConfig) {
    this.#config = config
  }

  notify(): void {
    if (this.#stopping.signal.aborted) return
    this.#isWanted = true
    this.#running ??= this.#run()
  }

  /** Sends what is still to be sent, so that the last append before a `close()` is heard as well. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const done = new AbortController()
    this.#running?.then(() => done.abort())
    if (this.#running !== undefined) await pause(this.#config.clock, farewellMs, done.signal)
  }

  async #run(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false
      await this.#send()
      await pause(this.#config.clock, intervalMs, this.#stopping.signal)
    }
    this.#running = undefined
  }

  async #send(): Promise<void> {
    try {
      await this.#config.send()
      this.#hasFailed = false
    } catch (error) {
      if (!this.#hasFailed) {
        this.#config.logger?.warn("NOTIFY failed: other processes learn of appends by polling", {
          reason: reasonOf(error),
        })
      }
      this.#hasFailed = true
    }
  }
}
