import {
  AnnalsError,
  describeStream,
  isAnnalsError,
  type RecordedEvent,
  type StreamEvents,
} from "@annals/core"
import type { ForwardTarget } from "./forward-target.ts"
import { cutByVersions, type StoredTypes } from "./stored-types.ts"

/** How events are appended to the target. */
export interface Forwarding {
  readonly types: StoredTypes
  /** All events of each stream are forwarded, so that each has the same version in both stores. */
  readonly wholeStreams: boolean
  readonly signal: AbortSignal
}

/** Appends events of one tenant, in order, to its handle; those that are there already only once. */
export async function forwardEvents(
  target: ForwardTarget,
  events: readonly RecordedEvent[],
  forwarding: Forwarding,
): Promise<void> {
  for (const run of cutByVersions(events)) {
    try {
      await append(target, run, forwarding)
    } catch (error) {
      // A page that was forwarded before a crash can be read again with other bounds: some of it is there then, and some isn't.
      if (!isAnnalsError(error, "EVENT_ID_REUSED")) throw error
      const missing = await missingIn(target, run, forwarding)
      if (missing.length === run.length) throw error
      if (missing.length > 0) await append(target, missing, forwarding)
    }
  }
}

async function append(
  target: ForwardTarget,
  events: readonly RecordedEvent[],
  { types, wholeStreams, signal }: Forwarding,
): Promise<void> {
  const appends = byStream(events).map((own) => toAppend(own, wholeStreams))
  await target.appendToStreams(appends, { events: types.setFor(events), signal })
}

function byStream(events: readonly RecordedEvent[]): readonly (readonly RecordedEvent[])[] {
  const streams = Map.groupBy(events, ({ stream }) => JSON.stringify([stream.category, stream.id]))
  return [...streams.values()]
}

function toAppend(events: readonly RecordedEvent[], wholeStreams: boolean): StreamEvents {
  const [first] = events as readonly [RecordedEvent]
  return {
    stream: first.stream,
    expected: wholeStreams ? versionBefore(events) : "any",
    events: events.map(({ id, type, data, metadata, tags, occurredAt }) => {
      return { id, type, data, metadata, tags, occurredAt }
    }),
  }
}

/** Counted back from the last one, so that a gap between the events is a conflict, too. */
function versionBefore(events: readonly RecordedEvent[]): number {
  return (events.at(-1) as RecordedEvent).version - events.length
}

async function missingIn(
  target: ForwardTarget,
  events: readonly RecordedEvent[],
  { wholeStreams }: Forwarding,
): Promise<readonly RecordedEvent[]> {
  const found = await Promise.all(events.map(({ id }) => target.findEvent(id, { unreadable: "raw" })))
  return events.filter((event, index) => {
    const there = found[index]
    if (there !== undefined) checkSame(event, there, wholeStreams)
    return there === undefined
  })
}

function checkSame(event: RecordedEvent, there: RecordedEvent, wholeStreams: boolean): void {
  const [own, other] = [event, there].map(({ tenant, stream }) => describeStream({ tenant, ...stream }))
  if (own !== other) {
    throw new AnnalsError(
      "EVENT_ID_REUSED",
      `the event id ${event.id} of ${own} is already used in ${other} of the target`,
      { eventId: event.id },
    )
  }
  if (!wholeStreams || event.version === there.version) return
  throw new AnnalsError(
    "VERSION_CONFLICT",
    `${own} has other events in the target: version ${event.version} is version ${there.version} there`,
    { stream: own as string, expected: event.version, actual: there.version },
  )
}
