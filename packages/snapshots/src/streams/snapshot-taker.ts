import { isAnnalsError, type StreamGrowth, type UnitOfWork } from "@annals/core"
import { isDue } from "../loading/is-due.ts"
import { neverDue } from "../policies/never.ts"
import { BackgroundQueue } from "./background-queue.ts"
import { checkStream, keyOf, type StreamSnapshots } from "./stream-snapshots.ts"
import { type TakenSnapshot, takeSnapshot, writeSnapshot, writeWithin } from "./write-snapshot.ts"

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

  /** Reads the state before it returns. Rejects only where it writes in a unit of work. */
  saved(
    state: unknown,
    growth: StreamGrowth,
    unitOfWork: UnitOfWork<unknown> | undefined,
  ): Promise<void> | undefined {
    if (!this.#isWanted(growth, unitOfWork)) return undefined
    const taken = this.#read(state, growth)
    if (taken === undefined) return undefined
    if (unitOfWork !== undefined) return writeWithin(this.#snapshots, taken, unitOfWork)
    if (this.#take !== "background") return this.#write(taken)
    const { id, snapshot } = taken
    if (!this.queue.add(id, snapshot.revision, () => this.#writeWaiting(taken)))
      this.#snapshots.counts.dropped()
    return undefined
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.queue.drain()
  }

  #isWanted(growth: StreamGrowth, unitOfWork: UnitOfWork<unknown> | undefined): boolean {
    if (this.#isClosed) return false
    if (unitOfWork === undefined) return this.#take !== "transaction" && this.#isDue(growth)
    // Outside, it would stay there when the unit of work is rolled back: a state that never was.
    if (this.#snapshots.settings.places.isOutside) return false
    return this.#due.has(growth) || this.#isDue(growth)
  }

  #isDue(growth: StreamGrowth): boolean {
    const { stream, fromVersion, toVersion } = growth
    const { known, settings, store, name } = this.#snapshots
    checkStream(this.#snapshots, stream)
    if (this.#isClosed || !known.mayTry(stream.id, toVersion)) return false
    const newest = known.newestBelow(stream.id, fromVersion)
    // One that is in the way makes each load longer than the policy wants it: it is replaced at the first occasion.
    if (known.needsRepair(stream.id) && settings.policy !== neverDue) return true
    const moment = {
      kind: "stream" as const,
      fromRevision: fromVersion,
      toRevision: toVersion,
      added: toVersion - fromVersion,
      toReplay: toVersion - (newest?.revision ?? 0),
      newest,
      now: store.clock.now(),
    }
    return isDue(settings.policy, moment, store.logger, name)
  }

  /** What can't be kept costs nobody anything but time. */
  #read(state: unknown, { stream: { id }, toVersion }: StreamGrowth): TakenSnapshot | undefined {
    try {
      return takeSnapshot(this.#snapshots, id, state, toVersion)
    } catch (error) {
      this.#snapshots.counts.failedUnheard(keyOf(this.#snapshots, id), error)
      this.#pause(id, toVersion)
      return undefined
    }
  }

  async #write(taken: TakenSnapshot): Promise<void> {
    try {
      await writeSnapshot(this.#snapshots, taken)
    } catch (error) {
      this.#snapshots.counts.failedUnheard(taken.key, error)
      this.#pause(taken.id, taken.snapshot.revision)
    }
  }

  async #writeWaiting(taken: TakenSnapshot): Promise<void> {
    try {
      await writeSnapshot(this.#snapshots, taken)
    } catch (error) {
      this.#snapshots.counts.failedUnheard(taken.key, error)
      this.#pause(taken.id, taken.snapshot.revision)
      if (isAnnalsError(error, "CLOSED")) this.#endQueue()
    }
  }

  /** The store is closed: what waits can't be written any more, and nothing will come that could be. */
  #endQueue(): void {
    this.#isClosed = true
    const dropped = this.queue.clear()
    if (dropped > 0) this.#snapshots.counts.dropped(dropped)
  }

  #pause(id: string, version: number): void {
    const { known } = this.#snapshots
    const toReplay = version - (known.newestBelow(id, version)?.revision ?? 0)
    known.failed(id, version, Math.min(Math.max(toReplay, 1), longestPause))
  }
}
