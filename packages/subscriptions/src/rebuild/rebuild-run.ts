import { AnnalsError, describeFailure, type EventPage, type StoredEvent, type UnitOfWork } from "@annals/core"
import { isRetryable } from "../options/check-retry.ts"
import { applyStep, CheckpointMoved } from "./apply-step.ts"
import { beginRebuild } from "./begin-rebuild.ts"
import { ProgressMeter } from "./progress-meter.ts"
import { rebuildNameOf } from "./projection-names.ts"
import { rebuildFailed } from "./rebuild-failed.ts"
import type { RebuildLease } from "./rebuild-lease.ts"
import { type PatienceOptions, RebuildPatience } from "./rebuild-patience.ts"
import type { RebuildProgress } from "./rebuild-progress.ts"
import { checkLive, findRebuild, type RebuildScope, type RebuildStep } from "./rebuild-scope.ts"
import { RebuildSteps } from "./rebuild-steps.ts"
import { swapIn } from "./swap-in.ts"

/** What a run is told, and tells. */
export interface RebuildSettings extends Omit<PatienceOptions, "clock" | "retry"> {
  readonly lease: RebuildLease
  readonly restart: boolean
  /** Resolves when it isn't paused; `undefined`: it isn't. */
  readonly untilResumed: () => Promise<void> | undefined
  readonly onProgress: (progress: RebuildProgress) => void
  readonly onParked: (count: number) => void
}

/** Fills a copy from the log, page by page, until it is in place of the live one. */
export class RebuildRun<Tx> {
  readonly #scope: RebuildScope<Tx>
  readonly #settings: RebuildSettings
  readonly #steps: RebuildSteps<Tx>
  readonly #patience: RebuildPatience
  #meter: ProgressMeter
  #position = 0
  #swapFailures = 0
  #behindAt: number | undefined

  constructor(scope: RebuildScope<Tx>, settings: RebuildSettings) {
    const { clock } = scope.store
    this.#scope = scope
    this.#settings = settings
    this.#steps = new RebuildSteps(scope)
    this.#patience = new RebuildPatience({ ...settings, clock, retry: scope.definition.retry })
    this.#meter = new ProgressMeter(clock, 0, 0)
  }

  async run(): Promise<RebuildProgress> {
    const { store } = this.#scope
    const { lease, restart } = this.#settings
    this.#position = await this.#patience.retrying(() => beginRebuild(this.#scope, lease, restart))
    await this.#patience.retrying(() => this.#steps.load())
    const head = await this.#patience.retrying(() => store.head())
    this.#meter = new ProgressMeter(store.clock, this.#position, head)
    this.#tell()
    while (!(await this.#fill()) || !(await this.#swap())) {}
    return this.#meter.progress()
  }

  /** To the end of the log. `false`: not that far yet. */
  async #fill(): Promise<boolean> {
    const read = this.#steps.read(this.#scope.store, this.#position, this.#settings.signal)
    const pages = read[Symbol.asyncIterator]()
    let reading = pages.next()
    try {
      for (;;) {
        const { done, value: page } = await reading
        if (done === true) return true
        // The next page is read while this one is applied; what becomes of it is seen in the next round.
        reading = pages.next()
        reading.catch(() => {})
        await this.#paused()
        await this.#take(page)
      }
    } catch (error) {
      if (error instanceof CheckpointMoved) return this.#lookAgain()
      if (!isRetryable(error)) throw error
      await this.#patience.backOff(error)
      return false
    } finally {
      await pages.return?.().then(undefined, () => {})
    }
  }

  /** As a whole; what fails, event by event, so that only the one that can't be applied is to blame. */
  async #take({ events, scannedTo }: EventPage<StoredEvent>): Promise<void> {
    if (scannedTo <= this.#position) return
    try {
      return await this.#apply(await this.#steps.stepOf(events, this.#position, scannedTo))
    } catch (error) {
      if (this.#patience.isOver(error) || isRetryable(error) || events.length === 0) throw error
      this.#settings.onTrouble(error)
    }
    for (const event of events) await this.#takeOne(event)
    await this.#apply({ events: [], parked: [], from: this.#position, to: scannedTo })
    this.#settings.onTrouble(undefined)
  }

  async #takeOne(event: StoredEvent): Promise<void> {
    let attempts = 0
    try {
      await this.#patience.retrying(async () => {
        attempts++
        await this.#apply(await this.#steps.stepOf([event], this.#position, event.position))
      })
    } catch (error) {
      const { definition, projection, store } = this.#scope
      if (this.#patience.isOver(error)) throw error
      if (definition.onFailure === "stop") throw rebuildFailed(projection.name, event, error)
      const failure = describeFailure(error, attempts, store.clock.now())
      await this.#apply(this.#steps.park(event, failure, this.#position))
    }
  }

  async #apply(step: RebuildStep): Promise<void> {
    if (step.to === step.from) return
    const { store, projection } = this.#scope
    await this.#observed(step, () =>
      store.transaction(async (unitOfWork) => {
        await checkLive(unitOfWork, projection)
        await applyStep(unitOfWork, projection, step, this.#settings)
      }),
    )
    this.#applied(step)
    if (step.to >= this.#meter.progress().head) this.#meter.sawHead(await store.head())
    this.#tell()
  }

  #applied({ events, parked, to }: RebuildStep): void {
    this.#position = to
    this.#meter.applied(to, events.length)
    if (parked.length > 0) this.#settings.onParked(parked.length)
  }

  /** `false`: there is more to fill in. */
  async #swap(): Promise<boolean> {
    const { store, projection } = this.#scope
    await this.#paused()
    try {
      const step = await swapIn(this.#scope, (unitOfWork) => this.#lastStep(unitOfWork), this.#settings)
      if (step === undefined) return await this.#behind()
      this.#applied(step)
      this.#tell()
      return true
    } catch (error) {
      if (error instanceof CheckpointMoved) return this.#lookAgain()
      if (this.#patience.isOver(error)) throw error
      // If it is an event's fault, the fill meets it again and finds out which one's.
      if (!isRetryable(error) && ++this.#swapFailures >= this.#scope.definition.retry.attempts) {
        throw rebuildFailed(projection.name, undefined, error)
      }
      await this.#patience.backOff(error, Math.max(1, this.#swapFailures))
      // Perhaps it succeeded, and only the answer was lost.
      return (await this.#patience.retrying(() => findRebuild(store, projection))) === undefined
    }
  }

  /** The log grew by more than a page since; or, without that, the live copy knows more than can be read, which passes. */
  async #behind(): Promise<false> {
    if (this.#position === this.#behindAt) await this.#patience.backOff(undefined)
    this.#behindAt = this.#position
    return false
  }

  /** What came since the copy was filled; `undefined`: more than a page of it. */
  async #lastStep(unitOfWork: UnitOfWork<Tx>): Promise<RebuildStep | undefined> {
    const events: StoredEvent[] = []
    let to = this.#position
    for await (const page of this.#steps.read(unitOfWork.events, to, this.#settings.signal)) {
      if (page.more && page.events.length > 0) return undefined
      events.push(...page.events)
      to = Math.max(to, page.scannedTo)
    }
    return this.#steps.stepOf(events, this.#position, to)
  }

  async #lookAgain(): Promise<false> {
    const { store, projection } = this.#scope
    await this.#patience.retrying(() => this.#settings.lease.renew())
    const position = await this.#patience.retrying(() => findRebuild(store, projection))
    if (position === undefined) {
      const message = `the unfinished rebuild of projection "${projection.name}" was removed`
      throw new AnnalsError("CHECKPOINT_CONFLICT", message)
    }
    this.#position = position
    return false
  }

  async #paused(): Promise<void> {
    const { signal, untilResumed } = this.#settings
    const pause = untilResumed()
    await pause
    signal.throwIfAborted()
    if (pause !== undefined) this.#meter.restart()
  }

  #tell(): void {
    this.#settings.onProgress(this.#meter.progress())
  }

  #observed<Result>({ events }: RebuildStep, run: () => Promise<Result>): Promise<Result> {
    const { store, projection } = this.#scope
    if (store.observer === undefined) return run()
    const operation = { name: "project", system: store.name, subject: rebuildNameOf(projection) } as const
    return store.observer.around({ ...operation, eventCount: events.length, metadata: {} }, run)
  }
}
