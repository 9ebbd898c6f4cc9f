import { AnnalsError } from "../errors/annals-error.ts"
import type { DeadLetter } from "../ports/dead-letter-store.ts"
import { loadMetadata } from "../store/event-metadata.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import { describeStream, type StreamKey, streamName } from "../streams/stream.ts"
import type { Attempt, AttemptResult, Trial } from "./attempt.ts"
import type { EventTask, ReplayTask } from "./bus-task.ts"
import type { ConsumerSettings } from "./consumer-settings.ts"
import { type Deliver, type DeliveryControl, persist, throwIfEnding } from "./delivery.ts"
import type { Hold } from "./hold.ts"
import type { ObserveBus } from "./observe-bus.ts"
import type { ParkedStreams } from "./parked-streams.ts"

type Failed = Extract<AttemptResult, { readonly status: "failed" }>

/** What an ordered delivery settles a task with. */
export interface OrderedSettling {
  /** The event was handled, or is safe elsewhere. */
  acknowledge(task: EventTask): void
  /** So often the event has failed now; who gets it next goes on from there. */
  noteAttempts(task: EventTask, attempts: number): void
}

/**
 * Order `"stream"`: an event is tried again, while the later ones of its stream wait, until it is handled or its stream
 * is parked. Events of a parked stream are parked behind those that wait already. Tasks of one stream come one by one.
 */
export function createOrderedDelivery(
  settings: ConsumerSettings,
  attempt: Attempt,
  control: DeliveryControl,
  parked: ParkedStreams | undefined,
  settling: OrderedSettling,
  observe: ObserveBus,
): Deliver {
  const delivery = new OrderedDelivery(settings, attempt, control, parked, settling, observe)
  return (task) => (task.kind === "replay" ? delivery.replay(task) : delivery.deliver(task))
}

class OrderedDelivery {
  readonly #settings: ConsumerSettings
  readonly #attempt: Attempt
  readonly #control: DeliveryControl
  readonly #parked: ParkedStreams | undefined
  readonly #settling: OrderedSettling
  readonly #observe: ObserveBus

  constructor(
    settings: ConsumerSettings,
    attempt: Attempt,
    control: DeliveryControl,
    parked: ParkedStreams | undefined,
    settling: OrderedSettling,
    observe: ObserveBus,
  ) {
    this.#settings = settings
    this.#attempt = attempt
    this.#control = control
    this.#parked = parked
    this.#settling = settling
    this.#observe = observe
  }

  /** Usually nothing stands in the way, and it ends at once if the handler does. */
  deliver(task: EventTask): Promise<void> | undefined {
    const { event, hold } = task
    const mustWait = hold.preparing !== undefined || this.#control.isPaused
    if (mustWait || this.#parked?.isParked(event.stream)) return this.#deliverInSteps(task)
    throwIfEnding(hold)
    const result = this.#attempt(task, task.attempts + 1)
    if (result instanceof Promise) return result.then((result) => this.#settle(task, result))
    return this.#settle(task, result)
  }

  #settle(task: EventTask, result: AttemptResult): Promise<void> | undefined {
    if (result.status === "failed") return this.#deliverInSteps(task, result)
    if (result.status === "handled") this.#control.progress.count("handled")
    this.#settling.acknowledge(task)
    return undefined
  }

  /** `first`: what came of the first attempt, if it was made already. */
  async #deliverInSteps(task: EventTask, first?: Failed): Promise<void> {
    if (first === undefined && (await this.#waitsBehindOthers(task))) {
      await this.#park(task)
      await this.#persist(task.hold, async () => this.#parked?.requeueIfFree(task.event.stream))
    } else {
      const note = (attempts: number) => this.#note(task, attempts)
      const failed = await this.#tryUntilDone(task, task.attempts, first, note)
      if (failed !== undefined) await this.#park(task, failed)
    }
    this.#settling.acknowledge(task)
  }

  /** Whether its stream is parked, once that is known and what is requeued was handled. */
  async #waitsBehindOthers({ event, hold }: EventTask): Promise<boolean> {
    if (hold.preparing !== undefined) await hold.preparing
    const parked = this.#parked
    return parked?.isParked(event.stream) === true && !(await this.#drain(parked, event.stream, hold))
  }

  async replay({ stream, hold }: ReplayTask): Promise<void> {
    hold.replaying.delete(streamName(stream))
    if (this.#parked?.isParked(stream)) await this.#drain(this.#parked, stream, hold)
  }

  /** Handles a stream's dead letters, as far as they are requeued. Returns whether none is left. */
  async #drain(parked: ParkedStreams, stream: StreamKey, hold: Hold): Promise<boolean> {
    while (true) {
      const first = await this.#persist(hold, () => parked.firstOf(stream))
      if (first === undefined) return true
      if (first.status === "parked") return false
      const event = eventOf(first)
      const trial = { event, metadata: loadMetadata(event), sent: undefined, hold }
      const failed = await this.#tryUntilDone(trial, 0)
      if (failed !== undefined) {
        await this.#persist(hold, () => parked.replayFailed(first.eventId, failed.failure))
        return false
      }
      await this.#persist(hold, () => parked.remove(first.eventId))
    }
  }

  /** Returns the last failure, if the event couldn't be handled. */
  async #tryUntilDone(
    trial: Trial,
    attemptsBefore: number,
    first?: AttemptResult,
    note?: (attempts: number) => void,
  ): Promise<Failed | undefined> {
    const { progress } = this.#control
    let attempts = attemptsBefore
    let result = first ?? (await this.#tryOnce(trial, attempts + 1))
    while (result.status === "failed") {
      throwIfEnding(trial.hold)
      progress.count("failed")
      progress.lastError = result.error
      attempts++
      if (result.isFinal || attempts >= this.#settings.retry.attempts) return result
      note?.(attempts)
      progress.count("retried")
      await this.#control.backOff(attempts, trial.hold)
      result = await this.#tryOnce(trial, attempts + 1)
    }
    if (result.status === "handled") progress.count("handled")
    return undefined
  }

  async #tryOnce(trial: Trial, attempt: number): Promise<AttemptResult> {
    await this.#control.ready(trial.hold)
    return this.#attempt(trial, attempt)
  }

  #note(task: EventTask, attempts: number): void {
    task.attempts = attempts
    this.#settling.noteAttempts(task, attempts)
  }

  async #park(task: EventTask, failed?: Failed): Promise<void> {
    const parked = this.#parked
    if (parked === undefined) {
      this.#note(task, 0) // the next consumer starts afresh
      throw cannotPark(this.#settings.group, task.event, failed?.error)
    }
    const park = () => this.#persist(task.hold, () => parked.park(task.event, failed?.failure))
    await (this.#observe === undefined ? park() : this.#observe.parking(task.event, task.sent, park))
    this.#control.progress.count("parked")
  }

  #persist<Result>(hold: Hold, call: () => Promise<Result>): Promise<Result> {
    return persist(this.#control, hold, call)
  }
}

function eventOf({ event, eventId, source }: DeadLetter): StoredEvent {
  if (event !== undefined) return event
  throw new AnnalsError("BUS_FAILED", `dead letter ${eventId} of ${source} holds no event`, { eventId })
}

function cannotPark(group: string, event: StoredEvent, cause: unknown): AnnalsError {
  const stream = describeStream(event.stream)
  const what = `"${event.type}" (${stream}, version ${event.version}) failed for the last time in group ${group}`
  return new AnnalsError(
    "BUS_FAILED",
    `${what}: give the consumer a dead letter store, or mend its handler`,
    {
      stream,
      eventId: event.id,
      position: event.position,
      cause,
    },
  )
}
