import type { Clock } from "@annals/core"
import { pause } from "./pause.ts"

/** How long a notification to oneself may take to be sent, and then to arrive. */
const patienceMs = 5_000

/** `"missing"`: it was sent and didn't arrive. `"unsent"`: it couldn't be sent, which says nothing about LISTEN. */
export type CheckResult = "arrived" | "missing" | "unsent"

/**
 * Whether notifications arrive. A connection can die without a word, and a transaction pooler accepts LISTEN and delivers
 * nothing; only a notification to oneself tells.
 */
export class ListenCheck {
  readonly #send: (token: string) => Promise<void>
  readonly #clock: Clock
  #count = 0
  #isSending = false
  #expected: { readonly token: string; readonly arrived: AbortController } | undefined

  constructor(send: (token: string) => Promise<void>, clock: Clock) {
    this.#send = send
    this.#clock = clock
  }

  /** For each token that arrives. */
  arrived(token: string): void {
    if (token === this.#expected?.token) this.#expected.arrived.abort()
  }

  /** Resolves early when the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<CheckResult> {
    if (this.#isSending) return "unsent" // not one more for a server that doesn't answer
    const token = String(++this.#count)
    const { signal: hasArrived } = this.#expect(token)
    const sending = this.#start(token)
    await pause(this.#clock, patienceMs, signal, hasArrived, sending.over)
    if (sending.isSent()) await pause(this.#clock, patienceMs, signal, hasArrived)
    if (hasArrived.aborted) return "arrived"
    return sending.isSent() ? "missing" : "unsent"
  }

  #expect(token: string): AbortController {
    const arrived = new AbortController()
    this.#expected = { token, arrived }
    return arrived
  }

  #start(token: string): { readonly over: AbortSignal; isSent(): boolean } {
    const over = new AbortController()
    let isSent = false
    this.#isSending = true
    const end = () => {
      this.#isSending = false
      over.abort()
    }
    this.#send(token).then(() => {
      isSent = true
      end()
    }, end)
    return { over: over.signal, isSent: () => isSent }
  }
}
