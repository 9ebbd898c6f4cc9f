import {
  AnnalsError,
  deriveId,
  describeStream,
  isAnnalsError,
  type NewEvent,
  type RecordedEvent,
  sourceHandled,
  type UnitOfWork,
} from "@annals/core"
import type { ProcessDecision } from "./process-decision.ts"
import type { ProcessContext } from "./process-manager.ts"
import type { ProcessRules } from "./process-rules.ts"

/** The handling of one event for one process. */
export interface Source {
  readonly rules: ProcessRules
  readonly event: RecordedEvent
  /** Of the process. */
  readonly id: string
  /** The subscription's. Deadlines and messages of all tenants are kept there, for one runner and one relay to find. */
  readonly unitOfWork: UnitOfWork<unknown>
  /** The same, for the event's tenant: what the process itself reads and writes. */
  readonly own: UnitOfWork<unknown>
  readonly signal: AbortSignal
}

/** A process, as its stream tells. */
export interface Process {
  readonly state: unknown
  readonly version: number
  readonly ended: boolean
  /** Something is recorded for the source, by an earlier delivery. */
  readonly handled: boolean
  /** How many events were recorded for the source. */
  readonly recorded: number
}

export async function loadProcess(source: Source): Promise<Process> {
  const { rules, id, own } = source
  const firstId = sourceEventId(source, 0)
  let process: Process = { state: rules.initial(), version: 0, ended: false, handled: false, recorded: 0 }
  const reader = own.events.readStream(rules.category.stream(id), {
    unreadable: "fail", // a process is never folded from part of its history
  })
  for await (const event of reader) {
    const handled = process.handled || event.id === firstId
    process = { ...evolved(rules, process, event), version: event.version, handled }
  }
  return process
}

/**
 * Records the own events among decisions, or, where nothing else is recorded for the source, that it was handled. Rejects with `VERSION_CONFLICT` or
 * `EVENT_ID_REUSED` when somebody was faster.
 */
export async function appendOwn(
  source: Source,
  process: Process,
  decisions: readonly ProcessDecision<NewEvent, NewEvent>[],
): Promise<Process> {
  const { rules, id, own, event } = source
  const decided = decisions.filter((decision): decision is NewEvent => !("decision" in decision))
  const events = decided.length === 0 && process.recorded === 0 ? [sourceHandled({})] : decided
  if (events.length === 0) return process
  const stream = rules.category.stream(id)
  const identified = events.map((one, index) => ({
    ...one,
    id: sourceEventId(source, process.recorded + index),
  }))
  const { version, repeated } = await own.events.append(stream, identified, {
    expected: process.version,
    metadata: { source: { eventId: event.id, position: event.position } },
  })
  if (repeated) throw overtaken(describeStream(stream))
  const after = events.reduce((before, one) => evolved(rules, before, one), process)
  return { ...after, version, recorded: process.recorded + events.length }
}

function evolved(rules: ProcessRules, process: Process, event: NewEvent): Process {
  return {
    ...process,
    state: rules.evolve(process.state, event),
    ended: process.ended || rules.isEndedBy(event),
  }
}

/** By it is told that a source was handled: the same whenever the source comes. */
function sourceEventId({ rules, id, event }: Source, index: number): string {
  return deriveId("process", rules.name, id, event.id, index)
}

export function contextOf({ id, own }: Source, { version }: Process): ProcessContext {
  return { id, version, now: own.events.clock.now() }
}

/** Somebody else wrote to the same stream meanwhile. */
export function isOvertaken(error: unknown): boolean {
  return isAnnalsError(error, "VERSION_CONFLICT") || isAnnalsError(error, "EVENT_ID_REUSED")
}

/** For the subscription: no event's fault, the whole transaction is worth another try. */
export function overtaken(stream: string, cause?: unknown): AnnalsError {
  const message = `${stream} was written to meanwhile: the transaction has to be run again`
  return new AnnalsError("STORE_BUSY", message, { stream, cause, retryable: true })
}
