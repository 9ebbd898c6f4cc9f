import { copyData } from "./copy-data.ts"
import { copyJson } from "./copy-json.ts"
import type { EventDefinition } from "./define-event.ts"
import type { EventMetadata, EventOptions, NewEvent } from "./event.ts"
import { validateData } from "./validate-data.ts"

/**
 * An event that its type has validated, copied and frozen, so that the front needn't do it again. A spread of it is a plain object,
 * which the front then checks.
 */
class MadeEvent<Type extends string, Data> implements NewEvent<Type, Data> {
  readonly type: Type
  readonly data: Data
  declare readonly id?: string
  declare readonly metadata?: NonNullable<EventOptions["metadata"]>
  declare readonly tags?: readonly string[]
  declare readonly occurredAt?: number
  readonly #definition: EventDefinition

  constructor(definition: EventDefinition, type: Type, data: Data, options: EventOptions | undefined) {
    this.type = type
    this.data = data
    this.#definition = definition
    if (options !== undefined) copyOptions(this, options)
    Object.freeze(this)
  }

  static definitionOf(event: NewEvent): EventDefinition | undefined {
    return #definition in event ? event.#definition : undefined
  }

  static withId(event: NewEvent, id: string): NewEvent {
    if (!(#definition in event)) return { ...event, id }
    return new MadeEvent(event.#definition, event.type, event.data, { ...event, id })
  }
}

export function makeEvent<Type extends string, Data>(
  definition: EventDefinition & { readonly name: Type },
  data: unknown,
  options?: EventOptions,
): NewEvent<Type, Data> {
  const valid = copyData(validateData(definition.schema, data, definition.name))
  return new MadeEvent(definition, definition.name, valid as Data, options)
}

/** The definition by which an event was made, which vouches for its data; `undefined` for a plain object. */
export function madeBy(event: NewEvent): EventDefinition | undefined {
  return MadeEvent.definitionOf(event)
}

/** The same event under this id; one that its type vouches for stays so. */
export function withId(event: NewEvent, id: string): NewEvent {
  return MadeEvent.withId(event, id)
}

/** What is no list of tags, or no metadata, is left for the append to refuse. */
function copyOptions(event: Writable<EventOptions>, { id, metadata, tags, occurredAt }: EventOptions): void {
  if (id !== undefined) event.id = id
  if (metadata !== undefined) event.metadata = copyJson(metadata, "metadata") as EventMetadata
  if (tags !== undefined) event.tags = Array.isArray(tags) ? Object.freeze([...tags]) : tags
  if (occurredAt !== undefined) event.occurredAt = occurredAt
}

type Writable<Fields> = { -readonly [Key in keyof Fields]: Fields[Key] }
