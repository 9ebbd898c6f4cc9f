import { AnnalsError, type EventStore, isAnnalsError } from "@annals/core"
import { projectionSubscription } from "../projections/projection-subscription.ts"
import type { StoredProjection } from "../projections/stored-projection.ts"
import type { Rebuild, RebuildOptions, RebuildState } from "./rebuild.ts"
import { takeRebuildLease } from "./rebuild-lease.ts"
import type { RebuildProgress } from "./rebuild-progress.ts"
import { RebuildRun } from "./rebuild-run.ts"
import type { RebuildScope } from "./rebuild-work.ts"

/**
 * Makes a projection's rows anew from the log, beside those that are read, and puts them in place when they have caught up: in one transaction, in which
 * the projection's subscription is set to where they are. The subscription may run meanwhile, here or elsewhere; appends don't wait. Only the projection's
 * handlers run: reactors have done what there is to do.
 *
 * Begins at once. Process and rebuild may end at any time: the next one goes on where this one was. For a projection whose subscription keeps it; one
 * that is kept `inline` lacks the events that are appended during the swap.
 *
 * @example
 * const rebuild = rebuildProjection(store, balances, { onProgress: (progress) => console.log(formatProgress(progress)) })
 * await rebuild.done
 */
export function rebuildProjection<Tx>(
  store: EventStore<Tx>,
  projection: StoredProjection<Tx>,
  options: RebuildOptions = {},
): Rebuild {
  return new RunningRebuild(store, projection, options)
}

const notStarted: RebuildProgress = {
  position: 0,
  head: 0,
  events: 0,
  ratePerSecond: 0,
  secondsLeft: undefined,
}

class RunningRebuild<Tx> implements Rebuild {
  readonly name: string
  readonly version: number
  readonly done: Promise<RebuildProgress>
  readonly #scope: RebuildScope<Tx>
  readonly #options: RebuildOptions
  readonly #leaseTtlMs: number
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  #pause: PromiseWithResolvers<void> | undefined
  #state: "starting" | "filling" | "done" | "stopped" | "failed" = "starting"
  #retrying = false
  #progress = notStarted
  #parked = 0
  #lastError: unknown

  constructor(store: EventStore<Tx>, projection: StoredProjection<Tx>, options: RebuildOptions) {
    this.name = projection.name
    this.version = projection.version
    this.#scope = { store, projection, definition: definitionOf(projection, options) }
    this.#options = options
    this.#leaseTtlMs = checkTtl(options.leaseTtlMs ?? 10_000)
    this.#signal =
      options.signal === undefined ? this.#stop.signal : AbortSignal.any([options.signal, this.#stop.signal])
    this.done = this.#run()
    // Who looks only at its status needn't wait for it.
    this.done.catch(() => {})
  }

  pause(): void {
    this.#pause ??= Promise.withResolvers()
  }

  resume(): void {
    this.#pause?.resolve()
    this.#pause = undefined
  }

  async stop(): Promise<void> {
    this.#stop.abort(new AnnalsError("CLOSED", `the rebuild of projection "${this.name}" was stopped`))
    await this.done.catch(() => {})
  }

  status() {
    const { name, version } = this
    const [progress, parked, lastError] = [this.#progress, this.#parked, this.#lastError]
    return { name, version, state: this.#currentState(), progress, parked, lastError }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #currentState(): RebuildState {
    if (this.#state !== "starting" && this.#state !== "filling") return this.#state
    if (this.#pause !== undefined) return "paused"
    return this.#retrying ? "retrying" : this.#state
  }

  async #run(): Promise<RebuildProgress> {
    try {
      const progress = await this.#withLease()
      this.#state = "done"
      return progress
    } catch (error) {
      this.#state = this.#signal.aborted && error === this.#signal.reason ? "stopped" : "failed"
      if (this.#state === "failed") this.#lastError = error
      throw error
    }
  }

  async #withLease(): Promise<RebuildProgress> {
    const { store, projection } = this.#scope
    this.#signal.throwIfAborted()
    const lease = await takeRebuildLease(store, projection, this.#leaseTtlMs, this.#signal)
    const ended = new AbortController()
    const signal = AbortSignal.any([this.#signal, ended.signal])
    const beating = this.#beat(() => lease.renew(), ended)
    try {
      return await new RebuildRun(this.#scope, {
        lease,
        restart: this.#options.restart ?? false,
        random: this.#options.random ?? Math.random,
        signal,
        untilResumed: () => this.#untilResumed(signal),
        onProgress: (progress) => this.#tell(progress),
        onTrouble: (error) => this.#noteTrouble(error),
        onParked: (count) => {
          this.#parked += count
        },
      }).run()
    } finally {
      ended.abort()
      await beating
      await lease.release().catch(() => {})
    }
  }

  /** A lost lease ends the run; any other failure shows where the run meets it itself. */
  async #beat(renew: () => Promise<void>, ended: AbortController): Promise<void> {
    for (;;) {
      try {
        await this.#scope.store.clock.sleep(Math.ceil(this.#leaseTtlMs / 3), ended.signal)
        await renew()
      } catch (error) {
        if (ended.signal.aborted) return
        const isLost = isAnnalsError(error, "LEASE_LOST") || isAnnalsError(error, "PROJECTION_SUPERSEDED")
        if (isLost) return ended.abort(error)
      }
    }
  }

  #untilResumed(signal: AbortSignal): Promise<void> | undefined {
    const pause = this.#pause
    if (pause === undefined) return undefined
    return new Promise((resolve) => {
      pause.promise.then(resolve)
      signal.addEventListener("abort", () => resolve(), { once: true })
      if (signal.aborted) resolve()
    })
  }

  #tell(progress: RebuildProgress): void {
    if (this.#state === "starting") this.#state = "filling"
    this.#progress = progress
    this.#options.onProgress?.(progress)
  }

  #noteTrouble(error: unknown): void {
    this.#retrying = error !== undefined
    if (error !== undefined) this.#lastError = error
  }
}

function definitionOf<Tx>(
  projection: StoredProjection<Tx>,
  { tenant, from, unreadable, retry, onFailure, pageSize }: RebuildOptions,
) {
  if (from === "end") throw invalid("from", "can't be the end: a rebuild reads what was before it")
  return projectionSubscription(projection, {
    ...(tenant !== undefined && { tenant }),
    ...(from !== undefined && { from }),
    ...(unreadable !== undefined && { unreadable }),
    ...(retry !== undefined && { retry }),
    ...(onFailure !== undefined && { onFailure }),
    ...(pageSize !== undefined && { pageSize }),
  })
}

function checkTtl(value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw invalid("leaseTtlMs", `must be a whole number from 1, not ${String(value)}`)
}

function invalid(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}
