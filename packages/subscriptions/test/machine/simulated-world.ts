import type { Checkpoint, NewDeadLetter, RecordedEvent, SlotRange, StreamKey } from "@annals/core"
import { AnnalsError, slotCount, slotOf, streamName } from "@annals/core"
import type { HeldSlots } from "../../src/sharing/membership.ts"
import type { AnsweredAction } from "../../src/subscription/driver/perform-action.ts"
import type { Commit, MachineAction, ReadAction } from "../../src/subscription/machine/machine-action.ts"
import type { MachineInput } from "../../src/subscription/machine/machine-input.ts"
import {
  initialState,
  type MachineSettings,
  type MachineState,
} from "../../src/subscription/machine/machine-state.ts"
import { transition } from "../../src/subscription/machine/transition.ts"

/** What the world does with a request of the machine. */
export type Fate =
  | "well"
  | "store-fails"
  | "store-fails-for-good"
  | "handler-fails"
  | "handler-stumbles"
  | "partly"
  | "refused"

interface Request {
  readonly action: AnsweredAction
  readonly answer: (fate: Fate) => MachineInput
}

/**
 * A store, its leases and a handler, without any I/O: the machine's requests wait until a test lets one of them be answered, well or badly.
 * What the handler took is noted, and taken back where its transaction is rolled back.
 */
export class SimulatedWorld {
  state: MachineState = initialState
  readonly requests: Request[] = []
  readonly handled: RecordedEvent[] = []
  readonly released: string[] = []
  settled: { readonly failure: unknown } | undefined
  isBackingOff = false
  isSaveScheduled = false
  interrupted = false
  readonly checkpoints = new Float64Array(slotCount)
  readonly deadLetters: NewDeadLetter[] = []
  readonly requeued = new Set<string>()
  /** Events that the handler never takes. */
  readonly poison = new Set<number>()
  /** Fences that count now; a commit under others is refused. */
  fences = new Map<string, number>()
  readonly problems: string[] = []
  readonly #settings: MachineSettings
  readonly #log: RecordedEvent[] = []
  #held: readonly SlotRange[] = []
  #mustRenew = false

  constructor(settings: MachineSettings) {
    this.#settings = settings
  }

  append(id: string): RecordedEvent {
    const stream = { category: "thing", id }
    const version = this.#log.filter((event) => event.stream.id === id).length + 1
    const position = this.#log.length + 1
    const event = { id: `event-${position}`, type: "happened", tenant: "", stream, version, position }
    this.#log.push(event as never)
    return event as never
  }

  get log(): readonly RecordedEvent[] {
    return this.#log
  }

  input(input: MachineInput): void {
    const [state, actions] = transition(this.#settings, this.state, input)
    this.state = state
    for (const action of actions) this.#take(action)
    this.#checkInvariants()
  }

  /** Answers one of the open requests. */
  answer(index: number, fate: Fate): void {
    const [request] = this.requests.splice(index % this.requests.length, 1)
    if (request !== undefined) this.input(request.answer(fate))
  }

  /** Answers everything well until nothing moves any more. */
  calm(): void {
    for (let steps = 0; steps < 10_000; steps++) {
      if (this.#mustRenew) this.hold(this.#held)
      else if (this.requests.length > 0) this.answer(0, "well")
      else if (this.isBackingOff) this.backedOff()
      else if (this.isSaveScheduled) this.saveDue()
      else return
    }
    this.problems.push("it never comes to rest")
  }

  backedOff(): void {
    if (!this.isBackingOff) return
    this.isBackingOff = false
    this.input({ type: "backed-off" })
  }

  saveDue(): void {
    if (!this.isSaveScheduled) return
    this.isSaveScheduled = false
    this.input({ type: "save-due" })
  }

  hold(blocks: readonly SlotRange[], surplus: readonly string[] = []): void {
    this.#held = blocks
    this.#mustRenew = false
    const held = blocks.map((slots): HeldSlots => {
      const resource = nameOf(slots)
      const number = this.fences.get(resource) ?? 1
      this.fences.set(resource, number)
      return { resource, slots, fence: { group: "s", resource, owner: "me", number } }
    })
    this.input({ type: "holding", held, surplus })
  }

  #take(action: MachineAction): void {
    switch (action.type) {
      case "release":
        this.released.push(...action.resources)
        break
      case "renew":
        this.#mustRenew = true
        break
      case "tell-parked":
      case "tell-unreadable":
        break
      case "interrupt":
        this.interrupted = true
        break
      case "back-off":
        this.isBackingOff = true
        break
      case "end-backoff":
        this.isBackingOff = false
        break
      case "schedule-save":
        this.isSaveScheduled = true
        break
      case "settle":
        this.settled = { failure: action.failure }
        break
      default:
        this.requests.push({ action, answer: (fate) => this.#answer(action, fate) })
    }
  }

  #answer(action: AnsweredAction, fate: Fate): MachineInput {
    if (fate === "store-fails") {
      const error = new AnnalsError("STORE_UNAVAILABLE", "away", { retryable: true })
      return action.type === "read"
        ? { type: "read-failed", epoch: action.epoch, error }
        : { type: "work-failed", error }
    }
    switch (action.type) {
      case "load":
        return { type: "loaded", checkpoints: this.#saved(), parked: this.#parkedStreams() }
      case "read":
        return this.#read(action)
      case "handle":
        return this.#handle(action, fate)
      case "save":
        if (fate === "refused" || !this.#commit(action.commit, action.to)) return this.#refusal(action.commit)
        return { type: "saved", to: action.to }
      case "replay":
        return this.#replay(action.stream)
      case "look":
        return { type: "looked", parked: this.#parkedStreams() }
      default:
        return action satisfies never
    }
  }

  #saved(): Checkpoint[] {
    return [...this.checkpoints].map((position, slot) => ({ slots: { first: slot, last: slot }, position }))
  }

  #read({ epoch, slots, after, until = Number.POSITIVE_INFINITY }: ReadAction): MachineInput {
    const wanted = slots === undefined ? undefined : new Set(slots.flatMap(slotsIn))
    const end = Math.min(until, this.#log.length)
    const matching = this.#log.filter(
      (event) =>
        event.position > after &&
        event.position <= end &&
        (wanted === undefined || wanted.has(slotOf(keyOf(event)))),
    )
    const events = matching.slice(0, 3)
    const more = matching.length > events.length
    const scannedTo = more ? (events.at(-1)?.position ?? after) : Math.max(after, end)
    return { type: "page", epoch, events, scannedTo, more }
  }

  #handle(action: Extract<MachineAction, { readonly type: "handle" }>, fate: Fate): MachineInput {
    const { events, commit, to } = action
    if (action.attempt > this.#settings.attempts) this.problems.push(`attempt ${action.attempt}`)
    const before = this.handled.length
    let done = 0
    for (const event of events) {
      const isPoison = this.poison.has(event.position)
      const fails =
        isPoison || ((fate === "handler-fails" || fate === "handler-stumbles") && done === events.length - 1)
      if (fails) return this.#handlerFailed(action, done, before, isPoison ? "handler-fails" : fate)
      if (fate === "partly" && done > 0) break
      this.handled.push(event)
      done++
    }
    const reached = done === events.length ? to : (events[done - 1] as RecordedEvent).position
    if (this.#settings.transactional && (fate === "refused" || !this.#commit(commit, reached))) {
      this.handled.length = before
      return this.#refusal(commit)
    }
    return { type: "handled", count: done, to: reached }
  }

  #handlerFailed(
    { events }: Extract<MachineAction, { readonly type: "handle" }>,
    done: number,
    before: number,
    fate: Fate,
  ): MachineInput {
    const { transactional } = this.#settings
    if (transactional) this.handled.length = before
    const at = (index: number) => (events[index] as RecordedEvent).position
    return {
      type: "handler-failed",
      done: transactional || done === 0 ? undefined : { count: done, to: at(done - 1) },
      first: at(0),
      last: at(events.length - 1),
      culprit: at(done),
      error: new AnnalsError("STORE_BUSY", "no", { retryable: fate === "handler-stumbles" }),
      at: 0,
    }
  }

  /** Somebody else has a lease, or moved the checkpoint. */
  #refusal({ fences }: Commit): MachineInput {
    const fenced = fences.some(({ resource, number }) => this.fences.get(resource) !== number)
    return { type: "refused", why: fenced ? "fenced" : "conflict" }
  }

  #commit({ slots, from, fences, parked }: Commit, to: number): boolean {
    if (fences.some(({ resource, number }) => this.fences.get(resource) !== number)) return false
    const all = slots.flatMap(slotsIn)
    if (all.some((slot) => this.checkpoints[slot] !== from)) return false
    if (to < from) this.problems.push(`a checkpoint goes back from ${from} to ${to}`)
    for (const slot of all) this.checkpoints[slot] = to
    for (const entry of parked) {
      if (entry.position > to)
        this.problems.push(`event ${entry.position} is parked, and the checkpoint is at ${to}`)
      const isThere = this.deadLetters.some(({ eventId }) => eventId === entry.eventId)
      if (!isThere) this.deadLetters.push(entry)
    }
    this.#checkPassed(new Set(all), to)
    return true
  }

  #replay(stream: StreamKey): MachineInput {
    const entries = this.deadLetters.filter((entry) => streamName(entry.stream) === streamName(stream))
    for (const entry of entries) {
      if (this.poison.has(entry.position)) {
        this.requeued.delete(streamName(stream))
        return { type: "replay-failed", stream }
      }
      this.handled.push(this.#log[entry.position - 1] as RecordedEvent)
      this.deadLetters.splice(this.deadLetters.indexOf(entry), 1)
    }
    this.requeued.delete(streamName(stream))
    return { type: "replayed", stream, left: false }
  }

  #parkedStreams() {
    const streams = new Map(this.deadLetters.map((entry) => [streamName(entry.stream), entry]))
    return [...streams].map(([name, { stream, slot }]) => ({
      stream,
      slot,
      entries: 1,
      status: this.requeued.has(name) ? ("requeued" as const) : ("parked" as const),
    }))
  }

  /** The checkpoint never passes an event that is neither handled nor parked. */
  #checkPassed(slots: ReadonlySet<number>, to: number): void {
    const handled = new Set(this.handled.map(({ position }) => position))
    const parked = new Set(this.deadLetters.map(({ position }) => position))
    for (const event of this.#log) {
      if (event.position > to || !slots.has(slotOf(keyOf(event)))) continue
      if (handled.has(event.position) || parked.has(event.position)) continue
      this.problems.push(`the checkpoint is at ${to}, and event ${event.position} was not handled`)
    }
  }

  #checkInvariants(): void {
    const works = this.requests.filter(({ action }) => action.type !== "read")
    if (works.length > 1) this.problems.push(`${works.length} things at a time`)
    if (this.requests.length - works.length > 1) this.problems.push("two reads at a time")
    const { phase } = this.state
    if (works.length > 0 && (phase === "stopped" || phase === "failed"))
      this.problems.push("works after its end")
  }
}

function keyOf(event: RecordedEvent): StreamKey {
  return { tenant: event.tenant, ...event.stream }
}

export const nameOf = ({ first, last }: SlotRange): string => `slots-${first}-${last}`

function slotsIn({ first, last }: SlotRange): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
