import { AnnalsError, isAnnalsError } from "@annals/core"
import type { Rebuild, RebuildOptions, RebuildState, RebuildStatus } from "./rebuild.ts"
import { takeRebuildLease } from "./rebuild-lease.ts"
import type { RebuildProgress } from "./rebuild-progress.ts"
import { RebuildRun } from "./rebuild-run.ts"
import type { RebuildScope } from "./rebuild-scope.ts"

/** What it needs of the options. */
export type RunningRebuildOptions = Pick<RebuildOptions, "restart" | "onProgress" | "signal"> &
  Required<Pick<RebuildOptions, "leaseTtlMs" | "random">>

const notStarted: RebuildProgress = {
  position: 0,
  head: 0,
  events: 0,
  ratePerSecond: 0,
  secondsLeft: undefined,
}

/** The handle that users have. */
export class RunningRebuild<Tx> implements Rebuild {
  readonly name: string
  readonly version: number
  readonly done: Promise<RebuildProgress>
  readonly #scope: RebuildScope<Tx>
  readonly #options: RunningRebuildOptions
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  #pause: PromiseWithResolvers<void> | undefined
  #state: "starting" | "filling" | "done" | "stopped" | "failed" = "starting"
  #retrying = false
  #progress = notStarted
  #parked = 0
  #lastError: unknown

  constructor(scope: RebuildScope<Tx>, options: RunningRebuildOptions) {
    this.name = scope.projection.name
    this.version = scope.projection.version
    this.#scope = scope
    this.#options = options
    const { signal } = options
    this.#signal = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal])
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

  status(): RebuildStatus {
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
    const lease = await takeRebuildLease(store, projection, this.#options.leaseTtlMs, this.#signal)
    const ended = new AbortController()
    const signal = AbortSignal.any([this.#signal, ended.signal])
    const beating = this.#beat(() => lease.renew(), ended)
    try {
      return await new RebuildRun(this.#scope, {
        lease,
        restart: this.#options.restart ?? false,
        random: this.#options.random,
        signal,
        untilResumed: () => this.#untilResumed(signal),
        onProgress: (progress) => this.#tell(progress),
        onTrouble: (error) => this.#noteTrouble(error),
        onParked: (count) => {
          this.#parked += count
        },
      }).run()
    } catch (error) {
      // Whatever it was doing then, this is why it ended.
      throw signal.aborted ? signal.reason : error
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
        await this.#scope.store.clock.sleep(Math.ceil(this.#options.leaseTtlMs / 3), ended.signal)
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
