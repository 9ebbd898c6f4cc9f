import {
  type EventFilter,
  type EventQuery,
  type ExpectedVersion,
  matchesExpected,
  matchesQuery,
  type StreamKey,
} from "@annals/core"
import { type Range, sliceByRange } from "../conformance/event-store/read-ranges.ts"

/** What the model keeps of an event. */
export interface ModelEvent {
  readonly id: string
  readonly type: string
  readonly tags: readonly string[]
  readonly stream: StreamKey
  readonly version: number
  readonly position: number
}

/** An append as the model sees it. */
export interface ModelAppend {
  readonly tenant: string
  readonly streams: readonly {
    readonly stream: StreamKey
    readonly expected: ExpectedVersion
    readonly events: readonly Pick<ModelEvent, "id" | "type" | "tags">[]
  }[]
  readonly condition: { readonly query: EventQuery; readonly after: number } | undefined
}

/** What must come of an append. */
export type ModelOutcome =
  | { readonly status: "appended" }
  | {
      readonly status: "repeated"
      readonly positions: readonly number[]
      readonly firstVersions: readonly number[]
    }
  | { readonly status: "VERSION_CONFLICT"; readonly expected: ExpectedVersion; readonly actual: number }
  | { readonly status: "CONDITION_FAILED" }
  | { readonly status: "EVENT_ID_REUSED" }

/**
 * An event store as a plain array: every rule in its shortest form, without any concern for speed, storage or concurrency.
 * Positions are the one thing that it can't foretell, so it is told them.
 */
export class StoreModel {
  readonly events: ModelEvent[] = []

  /** What must come of an append, in the order in which a store looks at it. */
  judge(append: ModelAppend): ModelOutcome {
    return this.#repeat(append) ?? this.#conflict(append) ?? this.#violation(append) ?? { status: "appended" }
  }

  record(append: ModelAppend, positions: readonly number[]): void {
    let index = 0
    for (const { stream, events } of append.streams) {
      for (const event of events) {
        const version = this.version(stream) + 1
        this.events.push({ ...event, stream, version, position: positions[index++] as number })
      }
    }
  }

  version(stream: StreamKey): number {
    return this.ofStream(stream).length
  }

  ofStream(stream: StreamKey): ModelEvent[] {
    return this.events.filter((event) => sameStream(event.stream, stream))
  }

  select(filter: EventFilter, range: Range): ModelEvent[] {
    const passing = this.events.filter((event) => passes(filter, event))
    return sliceByRange(passing, range, (event) => event.position)
  }

  #repeat(append: ModelAppend): ModelOutcome | undefined {
    const ids = append.streams.flatMap(({ events }) => events.map(({ id }) => id))
    if (new Set(ids).size < ids.length) return { status: "EVENT_ID_REUSED" }
    const find = (id: string) =>
      this.events.find((event) => event.id === id && event.stream.tenant === append.tenant)
    const recorded = ids.map(find)
    if (recorded.every((event) => event === undefined)) return undefined
    const firstVersions = append.streams.map(({ events }) => find(events[0]?.id as string)?.version ?? 0)
    const inPlace = append.streams.every(({ stream, events }, streamIndex) =>
      events.every(({ id, type }, index) => {
        const event = find(id)
        const version = (firstVersions[streamIndex] as number) + index
        return event && event.type === type && event.version === version && sameStream(event.stream, stream)
      }),
    )
    if (!inPlace) return { status: "EVENT_ID_REUSED" }
    return {
      status: "repeated",
      positions: recorded.map((event) => event?.position as number),
      firstVersions,
    }
  }

  #conflict({ streams }: ModelAppend): ModelOutcome | undefined {
    for (const { stream, expected } of streams) {
      const actual = this.version(stream)
      if (!matchesExpected(expected, actual)) return { status: "VERSION_CONFLICT", expected, actual }
    }
    return undefined
  }

  #violation({ tenant, condition }: ModelAppend): ModelOutcome | undefined {
    if (!condition) return undefined
    const violates = (event: ModelEvent) =>
      event.stream.tenant === tenant &&
      event.position > condition.after &&
      matchesQuery(condition.query, event)
    return this.events.some(violates) ? { status: "CONDITION_FAILED" } : undefined
  }
}

/** Whether an event passes a filter: the parts of `EventFilter` that the model knows. */
function passes({ types, categories, tags, query, tenant }: EventFilter, event: ModelEvent): boolean {
  return (
    (types?.includes(event.type) ?? true) &&
    (categories?.includes(event.stream.category) ?? true) &&
    (tags?.every((tag) => event.tags.includes(tag)) ?? true) &&
    (query === undefined || matchesQuery(query, event)) &&
    (tenant === undefined || tenant === event.stream.tenant)
  )
}

function sameStream(a: StreamKey, b: StreamKey): boolean {
  return a.tenant === b.tenant && a.category === b.category && a.id === b.id
}
