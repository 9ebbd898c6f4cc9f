import { isAnnalsError, type StreamGrowth, type UnitOfWork } from "@annals/core"
import { BackgroundQueue } from "./background-queue.ts"
import { isSnapshotDue } from "./is-snapshot-due.ts"
import { type ReadSnapshot, snapshotReader } from "./read-snapshot.ts"
import { keyOf, type StreamSnapshots } from "./stream-snapshots.ts"
import { appendUndone, isHarmless } from "./transaction-failures.ts"
import { writeSnapshot, writeWithin } from "./write-snapshot.ts"

/** After a failure, at most so many events go by until the next try. */
const longestPause = 100

/** Takes snapshots of what is saved, when they are due. */
export class SnapshotTaker {
  readonly #snapshots: StreamSnapshots
  readonly #take: "transaction" | "after" | "background"
  /** Saves for which `inTransaction` said yes: their policy isn't asked again. */
  readonly #due = new WeakSet<StreamGrowth>()
  readonly queue: BackgroundQueue
  #isClosed = false

  constructor(snapshots: StreamSnapshots, take: "transaction" | "after" | "background", maxWaiting: number) {
    this.#snapshots = snapshots
    this.#take = take
    this.queue = new BackgroundQueue(maxWaiting)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  inTransaction(growth: StreamGrowth): boolean {
    if (this.#take !== "transaction" || !this.#isDue(growth)) return false
    this.#due.add(growth)
    return true
  }

  /** Reads the state before it returns. Rejects only where it can't write in a unit of work. */
  saved(
    state: unknown,
    growth: StreamGrowth,
    unitOfWork: UnitOfWork<unknown> | undefined,
  ): Promise<void> | undefined {
    if (!this.#isWanted(growth, unitOfWork)) return undefined
    const read = this.#reader(state, growth, unitOfWork)
    if (read === undefined) return undefined
    if (unitOfWork !== undefined) return this.#writeWithin(growth, read, unitOfWork)
    if (this.#take !== "background") return this.#write(growth, read)
    const { stream, toVersion } = growth
    if (!this.queue.add(stream.id, toVersion, () => this.#write(growth, read)))
      this.#snapshots.counts.dropped()
    return undefined
  }

  /** What isn't written when the time is over, is dropped. */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true
    const { store } = this.#snapshots
    const drained = new AbortController()
    const timeOver = store.clock.sleep(timeoutMs, drained.signal).catch(() => {})
    await Promise.race([this.queue.drain(), timeOver])
    drained.abort()
    this.#dropAll()
  }

  #isWanted(growth: StreamGrowth, unitOfWork: UnitOfWork<unknown> | undefined): boolean {
    if (this.#isClosed) return false
    if (unitOfWork === undefined) return this.#take !== "transaction" && this.#isDue(growth)
    // Outside, it would stay there when the unit of work is rolled back: a state that never was.
    if (this.#snapshots.settings.places.isOutside) return false
    return this.#due.has(growth) || this.#isDue(growth)
  }

  #isDue(growth: StreamGrowth): boolean {
    return !this.#isClosed && isSnapshotDue(this.#snapshots, growth)
  }

  #reader(
    state: unknown,
    growth: StreamGrowth,
    unitOfWork: UnitOfWork<unknown> | undefined,
  ): ReadSnapshot | undefined {
    try {
      return snapshotReader(this.#snapshots, state, growth, unitOfWork)
    } catch (error) {
      this.#failed(growth, error)
      return undefined
    }
  }

  /**
   * What can't be read or kept costs nobody anything but time. A snapshot store that fails in the transaction undoes it; the save that is tried again then goes without
   * a snapshot, so that nothing is in its way for ever.
   */
  async #writeWithin(
    growth: StreamGrowth,
    read: ReadSnapshot,
    unitOfWork: UnitOfWork<unknown>,
  ): Promise<void> {
    let step: "reading" | "writing" = "reading"
    try {
      const taken = await read()
      step = "writing"
      await writeWithin(this.#snapshots, taken, unitOfWork)
    } catch (error) {
      if (isHarmless(error, step)) {
        this.#failed(growth, error)
        return
      }
      this.#snapshots.counts.failed(error)
      this.#pause(growth)
      throw appendUndone(growth, error)
    }
  }

  async #write(growth: StreamGrowth, read: ReadSnapshot): Promise<void> {
    try {
      await writeSnapshot(this.#snapshots, await read())
    } catch (error) {
      this.#failed(growth, error)
      if (isAnnalsError(error, "CLOSED")) this.#endQueue()
    }
  }

  #failed(growth: StreamGrowth, error: unknown): void {
    this.#snapshots.counts.failedUnheard(keyOf(this.#snapshots, growth.stream.id), error)
    this.#pause(growth)
  }

  /** It would fail at the next save as well, most likely. */
  #pause({ stream: { id }, toVersion }: StreamGrowth): void {
    const { known } = this.#snapshots
    const toReplay = toVersion - (known.newestBelow(id, toVersion)?.revision ?? 0)
    known.failed(id, toVersion, Math.min(Math.max(toReplay, 1), longestPause))
  }

  /** The store is closed: what waits can't be written any more, and nothing will come that could be. */
  #endQueue(): void {
    this.#isClosed = true
    this.#dropAll()
  }

  #dropAll(): void {
    const dropped = this.queue.clear()
    if (dropped > 0) this.#snapshots.counts.dropped(dropped)
  }
}
