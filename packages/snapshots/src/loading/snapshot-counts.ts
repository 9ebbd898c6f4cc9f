import type { LogFields, Logger, MeasurementName, Observer, SnapshotKey } from "@annals/core"
import type { MissReason, SnapshotStatus } from "../snapshots.ts"
import { describeKey } from "./describe-key.ts"

/** What was logged is kept, so that it isn't said again; of more than so many it may be. */
const maxSaid = 1000

/** What becomes of loads. */
export interface LoadCounts {
  hit(): void
  missed(reason: MissReason, key: SnapshotKey, error?: unknown): void
  verified(): void
}

/** Counts what becomes of snapshots, and tells the observer. */
export class SnapshotCounts implements LoadCounts {
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
  /** Of snapshots that can't be used: each load meets them anew. */
  readonly #said = new Set<string>()

  constructor(subject: string, observer: Observer | undefined, logger: Logger | undefined) {
    this.#subject = subject
    this.#observer = observer
    this.#logger = logger
  }

  hit(): void {
    this.#hits++
    this.#said.delete("store-failed" satisfies MissReason)
    this.#record("snapshot.hit")
  }

  /** A snapshot that wasn't used. That there is none, or one of another schema version, is nothing to be warned of. */
  missed(reason: MissReason, key: SnapshotKey, error?: unknown): void {
    this.#misses[reason]++
    this.#record("snapshot.missed", { reason })
    if (reason === "missing") return
    this.#lastError = error
    const fields = { ...about(key), reason, error }
    if (reason === "schema-version") this.#logger?.debug("a snapshot was passed over", fields)
    else if (reason === "store-failed") this.#sayOnce(reason, "snapshots could not be loaded", fields)
    else this.#sayOnce(`${reason} ${String(error)}`, "a snapshot was passed over", fields)
  }

  #sayOnce(what: string, message: string, fields: LogFields): void {
    if (this.#said.has(what)) return
    if (this.#said.size >= maxSaid) this.#said.clear()
    this.#said.add(what)
    this.#logger?.warn(message, fields)
  }

  /** Who loads to take a snapshot expects that there is none, or one of an older schema: that alarms nobody. */
  get ofTaking(): LoadCounts {
    return {
      hit: () => {},
      missed: (reason, key, error) => {
        if (reason !== "missing" && reason !== "schema-version") this.missed(reason, key, error)
      },
      verified: () => this.verified(),
    }
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
export function about(key: SnapshotKey): { readonly snapshot: string } {
  return { snapshot: describeKey(key) }
}
