import {
  AnnalsError,
  describeFailure,
  describeStream,
  messageOf,
  type NewDeadLetter,
  type RecordedEvent,
  streamName,
} from "@annals/core"
import { commitOf } from "./commit-of.ts"
import { deadLetterOf, streamOf } from "./dead-letter-of.ts"
import type { MachineAction } from "./machine-action.ts"
import type { MachineSettings, MachineState, Page, PageEvent, Trouble } from "./machine-state.ts"
import { movePast } from "./progress.ts"

/** Hands the next events of the page to the handler; those of parked streams are parked, unhandled, on the way. */
export function nextBatch(
  settings: MachineSettings,
  state: MachineState,
  actions: MachineAction[],
): MachineState {
  const { page } = state
  const first = page?.events[page.index]
  if (page === undefined || first === undefined) return state
  const verdict = verdictOn(state, first)
  if (verdict !== undefined) return giveUp(settings, state, page, first, verdict, actions)
  const { events, waiting, to } = takeBatch(settings, state, page)
  if (events.length === 0) return parkWaiting(state, waiting, to)
  const { trouble } = state
  const attempt = trouble !== undefined && trouble.from === events[0]?.position ? trouble.attempts + 1 : 1
  const commit = commitOf(state)
  actions.push({
    type: "handle",
    events,
    attempt,
    to,
    commit: { ...commit, parked: [...commit.parked, ...waiting] },
  })
  return { ...state, work: "handle", waiting, replayTurn: true }
}

interface Batch {
  readonly events: readonly RecordedEvent[]
  readonly waiting: readonly NewDeadLetter[]
  readonly to: number
}

function takeBatch({ batchSize }: MachineSettings, state: MachineState, page: Page): Batch {
  const { parked, trouble } = state
  const events: RecordedEvent[] = []
  const waiting: NewDeadLetter[] = []
  let index = page.index
  for (; index < page.events.length && index - page.index < batchSize; index++) {
    const event = page.events[index] as PageEvent
    if (parked.size > 0 && parked.has(streamName(streamOf(event)))) {
      waiting.push(deadLetterOf(event))
      continue
    }
    if ("unreadable" in event || isFinal(trouble, event)) break // its turn comes when it is the first
    const isTroubled =
      trouble !== undefined && event.position >= trouble.from && event.position <= trouble.until
    if (isTroubled && events.length > 0) break
    events.push(event)
    if (!isTroubled) continue
    index++
    break
  }
  const isLast = index >= page.events.length
  return { events, waiting, to: isLast ? page.scannedTo : (page.events[index - 1] as PageEvent).position }
}

function parkWaiting(state: MachineState, waiting: readonly NewDeadLetter[], to: number): MachineState {
  const moved = movePast(state, to)
  const parked = [...state.unsaved.parked, ...waiting]
  return { ...moved, saveDue: true, replayTurn: true, unsaved: { ...moved.unsaved, parked } }
}

interface Verdict {
  readonly error: unknown
  readonly attempts: number
  readonly at: number
}

/** Whether an event can't be handled, for good. Those of parked streams wait, whatever they are. */
function verdictOn({ parked, trouble }: MachineState, event: PageEvent): Verdict | undefined {
  if (parked.size > 0 && parked.has(streamName(streamOf(event)))) return undefined
  if ("unreadable" in event) return { error: event.error, attempts: 1, at: event.at }
  return isFinal(trouble, event) ? { ...trouble.final, attempts: trouble.attempts } : undefined
}

type FinalTrouble = Trouble & { readonly final: NonNullable<Trouble["final"]> }

function isFinal(trouble: Trouble | undefined, event: PageEvent): trouble is FinalTrouble {
  return trouble?.final !== undefined && trouble.from === event.position
}

function giveUp(
  { name, onFailure }: MachineSettings,
  state: MachineState,
  page: Page,
  event: PageEvent,
  { error, attempts, at }: Verdict,
  actions: MachineAction[],
): MachineState {
  if ("unreadable" in event) actions.push({ type: "tell-unreadable", error })
  if (onFailure === "stop") {
    return { ...state, phase: "failing", failure: eventFailed(name, event, error, attempts) }
  }
  const entry = deadLetterOf(event, describeFailure(error, attempts, at))
  actions.push({ type: "tell-parked", entry, error })
  const isLast = page.index === page.events.length - 1
  const moved = parkWaiting(state, [entry], isLast ? page.scannedTo : event.position)
  return { ...moved, parked: new Set(state.parked).add(streamName(entry.stream)) }
}

function eventFailed(name: string, event: PageEvent, cause: unknown, attempts: number): AnnalsError {
  const { id, type, version } = "unreadable" in event ? event.unreadable : event
  const stream = describeStream(streamOf(event))
  const what = `"${type}" at position ${event.position} (${stream}, version ${version})`
  const times = attempts === 1 ? "" : ` ${attempts} times`
  return new AnnalsError(
    "SUBSCRIPTION_FAILED",
    `subscription ${name}: ${what} failed${times}: ${messageOf(cause)}`,
    {
      stream,
      eventId: id,
      position: event.position,
      cause,
    },
  )
}
