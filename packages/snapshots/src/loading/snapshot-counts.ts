import type { Logger, MeasurementName, Observer, SnapshotKey } from "@annals/core"
import type { MissReason, SnapshotStatus } from "../snapshots.ts"

/** Counts what becomes of snapshots, and tells the observer. */
export class SnapshotCounts {
  readonly #subject: string
  readonly #observer: Observer | undefined
  readonly #logger: Logger | undefined
  readonly #misses: Record<MissReason, number> = {
    missing: 0,
    unreadable: 0,
    "schema-version": 0,
    "restore-failed": 0,
    "store-failed": 0,
    differs: 0,
  }
  #hits = 0
  #taken = 0
  #failed = 0
  #dropped = 0
  #verified = 0
  #lastError: unknown
  #observerFailed = false

  constructor(subject: string, observer: Observer | undefined, logger: Logger | undefined) {
    this.#subject = subject
    this.#observer = observer
    this.#logger = logger
  }

  hit(): void {
    this.#hits++
    this.#record("snapshot.hit")
  }

  /** A snapshot that wasn't used; one that is merely not there isn't worth a line in the log. */
  missed(reason: MissReason, key: SnapshotKey, error?: unknown): void {
    this.#misses[reason]++
    this.#record("snapshot.missed", { reason })
    if (reason === "missing") return
    this.#lastError = error
    const message = reason === "store-failed" ? "snapshots could not be loaded" : "a snapshot was passed over"
    this.#logger?.warn(message, { ...about(key), reason, error })
  }

  taken(): void {
    this.#taken++
    this.#record("snapshot.taken")
  }

  /** Of a failure that its caller hears of. */
  failed(error: unknown): void {
    this.#failed++
    this.#lastError = error
    this.#record("snapshot.failed")
  }

  /** Of a failure that nobody else hears of. */
  failedUnheard(key: SnapshotKey, error: unknown): void {
    this.failed(error)
    this.#logger?.error("a snapshot could not be taken", { ...about(key), error })
  }

  dropped(count = 1): void {
    this.#dropped += count
    this.#record("snapshot.dropped", {}, count)
  }

  verified(): void {
    this.#verified++
    this.#record("snapshot.verified")
  }

  status(): Omit<SnapshotStatus, "waiting"> {
    return {
      hits: this.#hits,
      misses: { ...this.#misses },
      taken: this.#taken,
      failed: this.#failed,
      dropped: this.#dropped,
      verified: this.#verified,
      lastError: this.#lastError,
    }
  }

  /** An observer that fails mustn't fail what it measures: the first error is logged, the others are of the same kind. */
  #record(name: MeasurementName, attributes: { readonly reason?: string } = {}, value = 1): void {
    try {
      this.#observer?.record({ name, value, attributes: { subject: this.#subject, ...attributes } })
    } catch (error) {
      if (!this.#observerFailed) this.#logger?.error("the observer can't record measurements", { error })
      this.#observerFailed = true
    }
  }
}

/** Names a snapshot in the log. */
export function about({ kind, name, id }: SnapshotKey): { readonly snapshot: string } {
  return { snapshot: kind === "fold" ? name : `${name}/${id}` }
}
