import type { EventMetadata, EventOptions, NewEvent } from "./event.ts"
import type { SchemaInput, SchemaOutput, StandardSchema } from "./standard-schema.ts"

/**
 * A type of event, as a value: its name, schema, versions and TypeScript type stand together. Calling it makes an event, whose
 * data is validated, copied and frozen.
 *
 * @example
 * const opened = defineEvent("opened", z.object({ owner: z.string() }))
 * const event = opened({ owner: "Alice" }) // { type: "opened", data: { owner: "Alice" } }
 */
export interface EventType<Name extends string = string, Input = never, Data = unknown> {
  /** Throws `INVALID_EVENT` or `INVALID_VALUE` with the path of the bad value. */
  (data: Input, options?: EventOptions): NewEvent<Name, Data>
  readonly type: Name
  /** Of the schema: 1, and one more for each {@link EventType.nextVersion}. */
  readonly version: number
  /** Names under which older events of this type are stored. */
  readonly formerNames: readonly string[]
  /**
   * The type with its next schema: `upcast` turns data of the version before into it. Events are stored with their version and upcast on reading,
   * step by step; what is stored never changes.
   *
   * @example
   * const opened = defineEvent("opened", z.object({ name: z.string() }))
   *   .nextVersion(z.object({ owner: z.string() }), ({ name }) => ({ owner: name }))
   */
  nextVersion<Schema extends StandardSchema>(
    schema: Schema,
    upcast: (data: Data, event: UpcastContext) => NoInfer<SchemaInput<Schema>>,
    options?: NextVersionOptions<SchemaOutput<Schema>>,
  ): EventType<Name, SchemaInput<Schema>, SchemaOutput<Schema>>
  /** Whether an event is of this type. */
  is<Event extends { readonly type: string }>(event: Event): event is Extract<Event, { readonly type: Name }>
}

/** What an upcaster may look at besides the data. */
export interface UpcastContext {
  readonly metadata: EventMetadata
  readonly tags: readonly string[]
  readonly occurredAt: number
}

/** What may be said about an event type besides its name and schema. */
export interface EventTypeOptions<Data> {
  /** Tags that every event of this type gets from its data: what append conditions and filters look for. */
  readonly tags?: (data: Data) => readonly string[]
  /** Names that this type had before; events stored under them are read as this type. */
  readonly formerNames?: readonly string[]
}

/** Where the version before derives tags, so must the next; `"none"` says that it doesn't. */
export interface NextVersionOptions<Data> {
  readonly tags?: ((data: Data) => readonly string[]) | "none"
}

/** The event that an event type makes. */
export type EventOf<Type> = Type extends (data: never, options?: EventOptions) => infer Event ? Event : never
