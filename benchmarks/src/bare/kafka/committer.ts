/** How often what is handled is committed, in milliseconds. */
const intervalMs = 100

/** Commits from time to time, one commit after the other, what was handled by then. */
export class Committer<Offset> {
  readonly #commit: (handled: ReadonlyMap<number, Offset>) => Promise<void>
  readonly #timer: NodeJS.Timeout
  #handled = new Map<number, Offset>()
  #running: Promise<void> | undefined

  constructor(commit: (handled: ReadonlyMap<number, Offset>) => Promise<void>) {
    this.#commit = commit
    this.#timer = setInterval(() => {
      this.#running ??= this.#commitNow().finally(() => {
        this.#running = undefined
      })
    }, intervalMs)
  }

  /** `next` is the offset of the partition's next event. */
  handled(partition: number, next: Offset): void {
    this.#handled.set(partition, next)
  }

  /** Commits the rest. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
    await this.#commitNow()
  }

  async #commitNow(): Promise<void> {
    const handled = this.#handled
    if (handled.size === 0) return
    this.#handled = new Map()
    await this.#commit(handled)
  }
}
