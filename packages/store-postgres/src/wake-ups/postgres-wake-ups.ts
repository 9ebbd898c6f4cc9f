import type { Clock, Logger, WakeUps } from "@annals/core"
import { ListenCheck } from "./listen-check.ts"
import type { OpenListenConnection } from "./listen-connection.ts"
import { Listeners } from "./listeners.ts"
import { Listening } from "./listening.ts"
import { LogPolling } from "./log-polling.ts"
import { Notifier } from "./notifier.ts"
import type { PostgresWakeUpSettings } from "./wake-up-options.ts"

/** Between a handle's name and what only it understands. */
const checkMark = "?"

/** What wake-ups need of a store. */
export interface PostgresWakeUpsConfig {
  /**
   * The end of what can be read. It must be the bounded reader's, which rises when an append in flight has settled. The sequence's last
   * value rises before the commit, and not again after it: an event looked for too early would never be looked for again.
   */
  readonly head: () => Promise<number>
  /** Sends a notification on the store's channel, by `notifyStatement` on a connection of the pool. */
  readonly notify: (payload: string) => Promise<void>
  /** Opens the connection that listens on the store's channel. */
  readonly connect: OpenListenConnection
  readonly settings: PostgresWakeUpSettings
  /** Random and unique to this handle: tells its own notifications from others'. Everybody in the database can see it. */
  readonly handleId: string
  /** Such as `backgroundClock`, which doesn't keep the process from ending. */
  readonly clock: Clock
  readonly random: () => number
  readonly logger?: Logger | undefined
}

/**
 * Hints after appends: at once after those of this store, by LISTEN after those of other processes, and by polling for whatever that
 * misses. Nothing runs, and no connection is open, unless somebody listens between `start()` and `stop()`.
 */
export class PostgresWakeUps implements WakeUps {
  readonly #config: PostgresWakeUpsConfig
  readonly #listeners = new Listeners()
  readonly #notifier: Notifier
  readonly #underWay = new Set<Promise<void>>()
  #isStarted = false
  #watching: AbortController | undefined
  #hasWarned = false

  constructor(config: PostgresWakeUpsConfig) {
    this.#config = config
    const { clock, logger, handleId } = config
    this.#notifier = new Notifier({ send: () => config.notify(handleId), clock, logger })
  }

  listen(listener: () => void): Disposable {
    const remove = this.#listeners.add(listener)
    this.#watch()
    return {
      [Symbol.dispose]: () => {
        remove()
        if (this.#listeners.size === 0) this.#watching?.abort()
      },
    }
  }

  /**
   * After a commit of this store with events. Also after an append that had announced itself and was rolled back: it may have kept
   * readers from events that are there.
   */
  committed(): void {
    this.#listeners.wake()
    if (this.#config.settings.listen) this.#notifier.notify()
  }

  /** From now on the database may be asked. */
  start(): void {
    this.#isStarted = true
    this.#watch()
  }

  /** Ends all of it for good, also in the middle of connecting; what is still to be told to others is sent first. Never rejects. */
  async stop(): Promise<void> {
    this.#isStarted = false
    this.#watching?.abort()
    await Promise.all([this.#notifier.stop(), ...this.#underWay])
  }

  #watch(): void {
    if (!this.#isStarted || this.#listeners.size === 0) return
    if (this.#watching !== undefined && !this.#watching.signal.aborted) return
    this.#watching = new AbortController()
    const { signal } = this.#watching
    const polling = new LogPolling({
      ...this.#config,
      wake: () => this.#wake(signal),
      intervalMs: this.#config.settings.pollIntervalMs,
    })
    this.#keep(polling.run(signal))
    if (this.#config.settings.listen) this.#keep(this.#createListening(polling, signal).run(signal))
  }

  #wake(signal: AbortSignal): void {
    if (!signal.aborted) this.#listeners.wake()
  }

  #keep(running: Promise<void>): void {
    const kept = running.finally(() => this.#underWay.delete(kept))
    this.#underWay.add(kept)
  }

  #createListening(polling: LogPolling, signal: AbortSignal): Listening {
    const { settings, handleId, notify, connect, clock, random } = this.#config
    const check = new ListenCheck((token) => notify(handleId + checkMark + token), clock)
    return new Listening({
      connect,
      check,
      checkIntervalMs: settings.listenCheckIntervalMs,
      clock,
      random,
      notified: (payload) => this.#notified(payload, check, signal),
      connected: () => this.#wake(signal),
      works: () => {
        polling.setInterval(settings.safetyPollIntervalMs)
        this.#tellWorking()
      },
      fails: (reason) => {
        polling.setInterval(settings.pollIntervalMs)
        if (reason !== undefined) this.#tellFailing(reason)
      },
    })
  }

  #notified(payload: string, check: ListenCheck, signal: AbortSignal): void {
    const [sender, token] = payload.split(checkMark)
    const isOwn = sender === this.#config.handleId
    // Own listeners were woken before it was sent, and others' checks are no hint.
    if (token === undefined && !isOwn) this.#wake(signal)
    if (token !== undefined && isOwn) check.arrived(token)
  }

  #tellFailing(reason: string): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const { pollIntervalMs } = this.#config.settings
    this.#config.logger?.warn(`LISTEN doesn't get through: polling every ${pollIntervalMs} ms`, { reason })
  }

  #tellWorking(): void {
    if (!this.#hasWarned) return
    this.#hasWarned = false
    this.#config.logger?.info("LISTEN gets through again")
  }
}
