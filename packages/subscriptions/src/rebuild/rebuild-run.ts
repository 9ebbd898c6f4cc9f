import {
  AnnalsError,
  backoffDelay,
  type DeadLetterFailure,
  type EventLog,
  type EventPage,
  isAnnalsError,
  type NewDeadLetter,
  type StoredEvent,
  type StreamKey,
  slotOf,
  type UnitOfWork,
} from "@annals/core"
import { deadLetterSource } from "../subscription/driver/runtime.ts"
import { isPassing } from "../subscription/machine/dead-letter-of.ts"
import { ProgressMeter } from "./progress-meter.ts"
import { rebuildNameOf } from "./projection-names.ts"
import type { RebuildLease } from "./rebuild-lease.ts"
import type { RebuildProgress } from "./rebuild-progress.ts"
import {
  applyStep,
  beginRebuild,
  CheckpointMoved,
  findRebuild,
  type RebuildScope,
  type RebuildStep,
  swapIn,
} from "./rebuild-work.ts"

/** What a run is told, and tells. */
export interface RebuildSettings {
  readonly lease: RebuildLease
  readonly restart: boolean
  readonly random: () => number
  readonly signal: AbortSignal
  /** Resolves when it isn't paused. */
  readonly untilResumed: () => Promise<void> | undefined
  readonly onProgress: (progress: RebuildProgress) => void
  /** `undefined`: it goes on. */
  readonly onTrouble: (error: unknown) => void
  readonly onParked: (count: number) => void
}

/** Fills a copy from the log until it is in place of the live one. */
export class RebuildRun<Tx> {
  readonly #scope: RebuildScope<Tx>
  readonly #settings: RebuildSettings
  readonly #parked = new Set<string>()
  #meter: ProgressMeter
  #position = 0
  #swapFailures = 0
  #behindAt: number | undefined

  constructor(scope: RebuildScope<Tx>, settings: RebuildSettings) {
    this.#scope = scope
    this.#settings = settings
    this.#meter = new ProgressMeter(scope.store.clock, 0, 0)
  }

  async run(): Promise<RebuildProgress> {
    const { store, projection } = this.#scope
    const { lease, restart } = this.#settings
    this.#position = await this.#retrying(() => beginRebuild(this.#scope, lease, restart))
    const source = deadLetterSource(rebuildNameOf(projection))
    for (const { stream } of await store.deadLetters.parkedStreams(source)) this.#parked.add(keyOf(stream))
    this.#meter = new ProgressMeter(store.clock, this.#position, await store.head())
    this.#tell()
    while (!(await this.#fill()) || !(await this.#swap())) {}
    return this.#meter.progress()
  }

  /** To the end of the log. `false`: not that far yet. */
  async #fill(): Promise<boolean> {
    const pages = this.#read(this.#scope.store)[Symbol.asyncIterator]()
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
      if (isPassing(error)) return this.#backOff(error)
      throw error
    } finally {
      reading.catch(() => {})
      await pages.return?.().then(undefined, () => {})
    }
  }

  #read(events: Pick<EventLog<Tx>, "readAll">): AsyncIterable<EventPage<StoredEvent>> {
    const { filter, pageSize } = this.#scope.definition
    const { signal } = this.#settings
    return events.readAll({ ...filter, after: this.#position, pageSize, signal }).undecodedPages()
  }

  /** As a whole; what fails, event by event, so that only the one that can't be applied is to blame. */
  async #take({ events, scannedTo }: EventPage<StoredEvent>): Promise<void> {
    if (scannedTo <= this.#position) return
    try {
      return await this.#apply(await this.#stepOf(events, scannedTo))
    } catch (error) {
      if (this.#isOver(error) || events.length === 0) throw error
      this.#settings.onTrouble(error)
    }
    for (const event of events) await this.#takeOne(event)
    await this.#apply({ events: [], parked: [], from: this.#position, to: scannedTo })
    this.#settings.onTrouble(undefined)
  }

  async #takeOne(event: StoredEvent): Promise<void> {
    let attempts = 0
    try {
      await this.#retrying(async () => {
        attempts++
        await this.#apply(await this.#stepOf([event], event.position))
      })
    } catch (error) {
      const { definition, projection, store } = this.#scope
      if (this.#isOver(error)) throw error
      if (definition.onFailure === "stop") throw failed(projection.name, event, error)
      const failure = { ...describe(error), attempts, failedAt: store.clock.now() }
      this.#parked.add(keyOf(event.stream))
      const parked = [entryOf(event, failure)]
      await this.#apply({ events: [], parked, from: this.#position, to: event.position })
    }
  }

  /** Events of parked streams wait behind those that are parked. */
  async #stepOf(all: readonly StoredEvent[], to: number): Promise<RebuildStep> {
    const { store, definition } = this.#scope
    const { events, unreadable } = definition
    const [parked, readable] = [
      all.filter((event) => this.#isParked(event)),
      all.filter((event) => !this.#isParked(event)),
    ]
    return {
      events: await store.decode(readable, { ...(events !== undefined && { events }), unreadable }),
      parked: parked.map((event) => entryOf(event)),
      from: this.#position,
      to,
    }
  }

  #isParked({ stream }: StoredEvent): boolean {
    return this.#parked.size > 0 && this.#parked.has(keyOf(stream))
  }

  async #apply(step: RebuildStep): Promise<void> {
    if (step.to === step.from) return
    const { lease, signal } = this.#settings
    const { store } = this.#scope
    await this.#observed(step, () => applyStep(this.#scope, step, lease, signal))
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
    const { lease, signal } = this.#settings
    await this.#paused()
    try {
      const step = await swapIn(this.#scope, (unitOfWork) => this.#lastStep(unitOfWork), lease, signal)
      if (step === undefined) return await this.#behind()
      this.#applied(step)
      this.#tell()
      return true
    } catch (error) {
      if (error instanceof CheckpointMoved) return this.#lookAgain()
      if (this.#isOver(error)) throw error
      // If it is an event's fault, the fill meets it again and finds out which one's.
      if (!isPassing(error) && ++this.#swapFailures >= this.#scope.definition.retry.attempts) {
        throw failed(this.#scope.projection.name, undefined, error)
      }
      await this.#backOff(error)
      // Perhaps it succeeded, and only the answer was lost.
      return (await this.#retrying(() => findRebuild(this.#scope))) === undefined
    }
  }

  /** The log grew by more than a page since; or, without that, the live copy knows more than can be read, which passes. */
  async #behind(): Promise<false> {
    if (this.#position === this.#behindAt) await this.#backOff(undefined)
    this.#behindAt = this.#position
    return false
  }

  /** What came since the copy was filled; `undefined`: more than a page of it. */
  async #lastStep(unitOfWork: UnitOfWork<Tx>): Promise<RebuildStep | undefined> {
    const events: StoredEvent[] = []
    let to = this.#position
    for await (const page of this.#read(unitOfWork.events)) {
      if (page.more && page.events.length > 0) return undefined
      events.push(...page.events)
      to = Math.max(to, page.scannedTo)
    }
    return this.#stepOf(events, to)
  }

  async #lookAgain(): Promise<false> {
    const { lease } = this.#settings
    await lease.renew()
    const position = await this.#retrying(() => findRebuild(this.#scope))
    if (position === undefined) {
      const message = `the unfinished rebuild of projection "${this.#scope.projection.name}" was removed`
      throw new AnnalsError("CHECKPOINT_CONFLICT", message)
    }
    this.#position = position
    return false
  }

  async #retrying<Result>(work: () => Promise<Result>): Promise<Result> {
    const { retry } = this.#scope.definition
    for (let attempts = 1; ; ) {
      try {
        return await work()
      } catch (error) {
        if (this.#isOver(error)) throw error
        const passing = isPassing(error)
        const permanent = retry.isPermanent(error) || isOneOf(error, unreadable)
        if (!passing && (attempts >= retry.attempts || permanent)) throw error
        await this.#backOff(error, attempts)
        if (!passing) attempts++
      }
    }
  }

  async #backOff(error: unknown, attempts = 1): Promise<false> {
    const { onTrouble, random, signal } = this.#settings
    const { retry } = this.#scope.definition
    onTrouble(error)
    await this.#scope.store.clock.sleep(backoffDelay(retry, attempts, random), signal)
    onTrouble(undefined)
    return false
  }

  async #paused(): Promise<void> {
    const pause = this.#settings.untilResumed()
    if (pause === undefined) return this.#settings.signal.throwIfAborted()
    await pause
    this.#settings.signal.throwIfAborted()
    this.#meter.restart()
  }

  /** No attempt more would help. */
  #isOver(error: unknown): boolean {
    if (this.#settings.signal.aborted || error instanceof CheckpointMoved) return true
    return isOneOf(error, endings)
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

const endings = ["CLOSED", "LEASE_LOST", "PROJECTION_SUPERSEDED"] as const
const unreadable = ["UNREADABLE_EVENT", "UNKNOWN_EVENT_TYPE", "UPCAST_FAILED"] as const

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  return isAnnalsError(error) && codes.includes(error.code)
}

function entryOf(event: StoredEvent, failure?: DeadLetterFailure): NewDeadLetter {
  const { id: eventId, type, stream, version, position } = event
  const entry = { stream, version, position, eventId, type, slot: slotOf(stream) }
  return failure === undefined ? entry : { ...entry, failure }
}

function keyOf({ tenant, category, id }: StreamKey): string {
  return JSON.stringify([tenant, category, id])
}

function describe(error: unknown): { readonly message: string; readonly code: string } {
  if (!(error instanceof Error)) return { message: String(error), code: "Error" }
  return { message: error.message, code: isAnnalsError(error) ? error.code : error.name }
}

function failed(projection: string, event: StoredEvent | undefined, cause: unknown): AnnalsError {
  const what = event === undefined ? "put in place" : `brought past the event at position ${event.position}`
  const message = `projection "${projection}" can't be ${what}: ${describe(cause).message}`
  const where = event && {
    eventId: event.id,
    position: event.position,
    stream: `${event.stream.category}/${event.stream.id}`,
  }
  return new AnnalsError("SUBSCRIPTION_FAILED", message, { ...where, cause })
}
