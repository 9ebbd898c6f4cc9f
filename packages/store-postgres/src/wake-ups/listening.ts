import type { Clock } from "@annals/core"
import type { ListenCheck } from "./listen-check.ts"
import type { ListenConnection, ListenHandlers, OpenListenConnection } from "./listen-connection.ts"
import { type Backoff, backoffDelay, pause } from "./pause.ts"
import { reasonOf } from "./reason-of.ts"

/** For connecting and LISTEN together. */
const openingMs = 15_000

/** After a connection that was lost or couldn't be opened. */
const lossBackoff: Backoff = { firstMs: 200, longestMs: 30_000 }

/** After one that hears nothing: most likely a pooler, which stays. */
const deafBackoff: Backoff = { firstMs: 10_000, longestMs: 600_000 }

/** When the check's notification couldn't be sent. */
const unsentBackoff: Backoff = { firstMs: 1_000, longestMs: 30_000 }

export interface ListeningConfig {
  readonly connect: OpenListenConnection
  readonly check: ListenCheck
  readonly checkIntervalMs: number
  readonly clock: Clock
  readonly random: () => number
  /** For each payload. */
  readonly notified: (payload: string) => void
  /** A connection begins to listen: something may have been missed before. */
  readonly connected: () => void
  /** A notification to oneself has arrived. */
  readonly works: () => void
  /** From now on nothing is heard; `reason` where it isn't merely a lost connection that had worked. */
  readonly fails: (reason?: string) => void
}

/** Why a connection was given up. */
interface SessionEnd {
  readonly hadWorked: boolean
  readonly isDeaf: boolean
  readonly reason: string
}

/**
 * Keeps a connection that listens: opens it, checks that notifications arrive, and opens another one when it is lost or
 * deaf, after pauses that grow until one works.
 *
 *     connecting → unproven → working (checked from time to time)
 *         ↑           ↓          ↓
 *         └──────── pause ───────┘
 */
export class Listening {
  readonly #config: ListeningConfig

  constructor(config: ListeningConfig) {
    this.#config = config
  }

  /** Until the signal; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, fails } = this.#config
    let failures = 0
    while (!signal.aborted) {
      const end = await this.#listen(signal)
      if (signal.aborted) return
      failures = end.hadWorked ? 1 : failures + 1
      fails(end.hadWorked && !end.isDeaf ? undefined : end.reason)
      await pause(clock, backoffDelay(end.isDeaf ? deafBackoff : lossBackoff, failures, random), signal)
    }
  }

  /** The life of one connection. */
  async #listen(signal: AbortSignal): Promise<SessionEnd> {
    const over = new AbortController()
    let reason: string | undefined
    const lost = (error?: unknown) => {
      if (error !== undefined) reason ??= reasonOf(error)
      over.abort()
    }
    const stop = () => over.abort()
    signal.addEventListener("abort", stop)
    try {
      const connection = await this.#open({ notified: this.#config.notified, lost }, over)
      this.#config.connected()
      const { hadWorked, isDeaf } = await this.#check(over.signal)
      await connection.close()
      return { hadWorked, isDeaf, reason: isDeaf ? "notifications don't arrive" : (reason ?? "lost") }
    } catch (error) {
      return { hadWorked: false, isDeaf: false, reason: reason ?? reasonOf(error) }
    } finally {
      signal.removeEventListener("abort", stop)
    }
  }

  /** Also ends when the connection neither opens nor fails; what opens after that is closed again. */
  async #open(handlers: ListenHandlers, over: AbortController): Promise<ListenConnection> {
    const settled = new AbortController()
    let opened: ListenConnection | undefined
    let failure: unknown
    const opening = this.#config.connect(handlers, over.signal).then(async (connection) => {
      if (over.signal.aborted) await connection.close()
      else opened = connection
    })
    opening
      .catch((error) => {
        failure = error
      })
      .finally(() => settled.abort())
    await pause(this.#config.clock, openingMs, settled.signal, over.signal)
    if (opened !== undefined) return opened
    over.abort()
    throw failure ?? new Error("no answer")
  }

  /** Until the connection is over, or has turned out to hear nothing. */
  async #check(over: AbortSignal): Promise<Pick<SessionEnd, "hadWorked" | "isDeaf">> {
    const { check, checkIntervalMs, clock, random, works } = this.#config
    let hadWorked = false
    let unsent = 0
    while (!over.aborted) {
      const result = await check.run(over)
      if (over.aborted) break
      if (result === "missing") return { hadWorked, isDeaf: true }
      if (result === "arrived") {
        unsent = 0
        hadWorked = true
        works()
      }
      const next = result === "arrived" ? checkIntervalMs : backoffDelay(unsentBackoff, ++unsent, random)
      await pause(clock, next, over)
    }
    return { hadWorked, isDeaf: false }
  }
}
