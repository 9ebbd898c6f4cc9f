import type { Clock } from "@annals/core"

/** How long it is waited for answers. */
const answerMs = 500

/** Those whose answer is waited for. */
export class Asked {
  readonly #missing: Set<string>
  readonly #over = new AbortController()

  constructor(members: Iterable<string>) {
    this.#missing = new Set(members)
    if (this.#missing.size === 0) this.#over.abort()
  }

  heard(member: string): void {
    this.#missing.delete(member)
    if (this.#missing.size === 0) this.#over.abort()
  }

  async answered(clock: Clock): Promise<void> {
    await clock.sleep(answerMs, this.#over.signal).catch(() => {})
  }
}
