import type { Clock, EventLog, FoldScope, FoldSnapshotLoading, Logger, RecordedEvent } from "@annals/core"
import type { MemoryFold } from "./memory-fold.ts"

/** What it needs of a store. */
type Log = Pick<EventLog, "head"> & { readonly clock: Clock; readonly logger: Logger | undefined }

/** A fold that begins with a snapshot, and tells how it grows, so that snapshots are taken of it. */
export class FoldWithSnapshots<State> {
  readonly #fold: MemoryFold<State>
  readonly #snapshots: FoldSnapshotLoading<State>
  readonly #scope: FoldScope
  readonly #log: Log
  /** Up to where the growth has been told, and how many events were folded since. */
  #told = 0
  #untold = 0
  #telling: Promise<void> | undefined

  constructor(fold: MemoryFold<State>, snapshots: FoldSnapshotLoading<State>, scope: FoldScope, log: Log) {
    this.#fold = fold
    this.#snapshots = snapshots
    this.#scope = scope
    this.#log = log
  }

  /** Continues from the newest snapshot. Returns the position that the log is to be read from. */
  async restore(): Promise<number> {
    const found = await this.#snapshots.load(this.#scope, undefined)
    if (found === undefined) return 0
    // In this order: a log only grows. One that ends before the snapshot is a restored older one, whose next events will be others.
    const head = await this.#log.head()
    const { position } = found
    if (!(Number.isSafeInteger(position) && position >= 0 && position <= head)) {
      this.#log.logger?.warn("a snapshot is of a position that the log doesn't have: it isn't used", {
        position,
        head,
      })
      return 0
    }
    this.#fold.continueFrom(found)
    this.#told = position
    return position
  }

  add(events: readonly RecordedEvent[]): void {
    this.#untold += this.#fold.add(events)
    if (this.#untold > 0) this.#telling ??= this.#tell()
  }

  /** One at a time, and nobody waits for it: what is slow to keep mustn't hold up the folding. What was folded meanwhile is told afterwards, together. */
  async #tell(): Promise<void> {
    // What a handler left that threw is no state at all.
    while (this.#untold > 0 && !this.#fold.hasFailed) await this.#tellOnce()
    // At once: what is added next begins anew.
    this.#telling = undefined
  }

  async #tellOnce(): Promise<void> {
    const [fromPosition, toPosition, folded] = [this.#told, this.#fold.position, this.#untold]
    this.#told = toPosition
    this.#untold = 0
    try {
      await this.#snapshots.folded(this.#fold.state, { scope: this.#scope, fromPosition, toPosition, folded })
    } catch (error) {
      this.#log.logger?.warn("a snapshot of a projection failed", { error })
    }
  }

  /** Resolves when everything has been told, or when the time is over. */
  async settled(timeoutMs: number): Promise<void> {
    if (this.#telling === undefined) return
    const inTime = new AbortController()
    const timeOver = this.#log.clock.sleep(timeoutMs, inTime.signal).catch(() => {})
    await Promise.race([this.#telling, timeOver])
    inTime.abort()
  }
}
