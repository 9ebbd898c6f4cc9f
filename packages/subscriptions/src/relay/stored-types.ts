import {
  defineEvent,
  defineEvents,
  discarded,
  type EventSet,
  type EventType,
  type RecordedEvent,
  type,
} from "@annals/core"

/**
 * Event types that take data as they are and say which schema version they follow: an append stores the version of the type that it is given,
 * and a reader of the target must know from which one to upcast.
 */
export class StoredTypes {
  readonly #types = new Map<string, EventType>()

  /** The types of these events, each of which has one schema version among them. */
  setFor(events: readonly RecordedEvent[]): EventSet {
    const types = new Map<string, EventType>()
    for (const event of events) {
      // Every store brings this one, and takes it from nobody else.
      if (event.type !== discarded.type) types.set(event.type, this.#typeOf(event))
    }
    return defineEvents([...types.values()])
  }

  #typeOf({ type: name, schemaVersion }: RecordedEvent): EventType {
    const key = `${schemaVersion} ${name}`
    const there = this.#types.get(key)
    if (there !== undefined) return there
    let made = defineEvent(name, type<unknown>())
    while (made.version < schemaVersion) made = made.nextVersion(type<unknown>(), (data) => data)
    this.#types.set(key, made as EventType)
    return made as EventType
  }
}

/** Cuts events, in order, where a type comes with another schema version than before: a set of types knows one of each. */
export function cutByVersions(events: readonly RecordedEvent[]): readonly (readonly RecordedEvent[])[] {
  const runs: RecordedEvent[][] = []
  let versions = new Map<string, number>()
  for (const event of events) {
    const there = versions.get(event.type)
    if (runs.length === 0 || (there !== undefined && there !== event.schemaVersion)) {
      runs.push([])
      versions = new Map()
    }
    versions.set(event.type, event.schemaVersion)
    runs.at(-1)?.push(event)
  }
  return runs
}
