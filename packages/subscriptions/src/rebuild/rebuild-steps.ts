import {
  type DeadLetterFailure,
  type EventLog,
  type EventPage,
  type NewDeadLetter,
  type StoredEvent,
  type StreamKey,
  slotOf,
} from "@annals/core"
import { deadLetterSource } from "../dead-letters/dead-letter-source.ts"
import { rebuildNameOf } from "./projection-names.ts"
import type { RebuildScope, RebuildStep } from "./rebuild-scope.ts"

/** Reads events, and makes steps of them: those of parked streams wait behind what is parked. */
export class RebuildSteps<Tx> {
  readonly #scope: RebuildScope<Tx>
  readonly #parked = new Set<string>()

  constructor(scope: RebuildScope<Tx>) {
    this.#scope = scope
  }

  /** What an unfinished rebuild had parked. */
  async load(): Promise<void> {
    const { store, projection } = this.#scope
    const source = deadLetterSource(rebuildNameOf(projection))
    for (const { stream } of await store.deadLetters.parkedStreams(source)) this.#parked.add(keyOf(stream))
  }

  read(
    events: Pick<EventLog<Tx>, "readAll">,
    after: number,
    signal: AbortSignal,
  ): AsyncIterable<EventPage<StoredEvent>> {
    const { filter, pageSize } = this.#scope.definition
    return events.readAll({ ...filter, after, pageSize, signal }).undecodedPages()
  }

  /** Rejects with `UNREADABLE_EVENT`, `UNKNOWN_EVENT_TYPE`, `UPCAST_FAILED` by the policy. */
  async stepOf(all: readonly StoredEvent[], from: number, to: number): Promise<RebuildStep> {
    const { store, definition } = this.#scope
    const { events, unreadable } = definition
    const isParked = ({ stream }: StoredEvent) => this.#parked.size > 0 && this.#parked.has(keyOf(stream))
    const readable = all.filter((event) => !isParked(event))
    return {
      events: await store.decode(readable, { ...(events !== undefined && { events }), unreadable }),
      parked: all.filter(isParked).map((event) => entryOf(event)),
      from,
      to,
    }
  }

  /** Parks an event, and its stream from now on. */
  park(event: StoredEvent, failure: DeadLetterFailure, from: number): RebuildStep {
    this.#parked.add(keyOf(event.stream))
    return { events: [], parked: [{ ...entryOf(event), failure }], from, to: event.position }
  }
}

function entryOf({ id: eventId, type, stream, version, position }: StoredEvent): NewDeadLetter {
  return { stream, version, position, eventId, type, slot: slotOf(stream) }
}

function keyOf({ tenant, category, id }: StreamKey): string {
  return JSON.stringify([tenant, category, id])
}
