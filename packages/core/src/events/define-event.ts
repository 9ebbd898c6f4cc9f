import { AnnalsError } from "../errors/annals-error.ts"
import { checkName } from "../streams/validate-name.ts"
import type { EventOptions } from "./event.ts"
import type { EventType, EventTypeOptions, NextVersionOptions, UpcastContext } from "./event-type.ts"
import { makeEvent } from "./made-event.ts"
import type { SchemaInput, SchemaOutput, StandardSchema } from "./standard-schema.ts"

/** What the front needs to know about an event type; reached by {@link definitionOf}. */
export interface EventDefinition {
  readonly name: string
  readonly version: number
  readonly schema: StandardSchema
  readonly tags: ((data: never) => readonly string[]) | undefined
  readonly formerNames: readonly string[]
  /** The step at index 0 leads from version 1 to version 2. */
  readonly upcasters: readonly Upcaster[]
}

interface Upcaster {
  readonly upcast: (data: never, event: UpcastContext) => unknown
  readonly schema: StandardSchema
}

/** The same in every copy of core that a program may hold. */
const definitionKey: unique symbol = Symbol.for("annals.event-definition")

/**
 * Defines a type of event by its name and the schema of its data: a [Standard Schema](https://standardschema.dev) (zod,
 * valibot, arktype…) or `type<…>()`. Throws `INVALID_NAME`.
 *
 * @example
 * const deposited = defineEvent("deposited", z.object({ cents: z.int().positive() }))
 */
export function defineEvent<const Name extends string, Schema extends StandardSchema>(
  name: Name,
  schema: Schema,
  options: EventTypeOptions<SchemaOutput<Schema>> = {},
): EventType<Name, SchemaInput<Schema>, SchemaOutput<Schema>> {
  checkName(name, "event type")
  checkSchema(schema, name)
  const formerNames = (options.formerNames ?? []).map((former) =>
    checkName(former, `former name of "${name}"`),
  )
  return eventType({ name, version: 1, schema, tags: options.tags, formerNames, upcasters: [] })
}

/** The definition behind an event type. Throws `INVALID_OPTION` for anything else. */
export function definitionOf(type: unknown): EventDefinition {
  const definition =
    typeof type === "function" ? (type as { [definitionKey]?: EventDefinition })[definitionKey] : undefined
  if (definition === undefined) {
    throw new AnnalsError("INVALID_OPTION", "an event type is wanted: what defineEvent returns", {
      path: "events",
    })
  }
  return definition
}

function eventType<Name extends string, Input, Data>(
  definition: EventDefinition & { readonly name: Name },
): EventType<Name, Input, Data> {
  const make = (data: Input, options?: EventOptions) => makeEvent<Name, Data>(definition, data, options)
  return Object.assign(make, {
    type: definition.name,
    version: definition.version,
    formerNames: definition.formerNames,
    nextVersion: <Schema extends StandardSchema>(
      schema: Schema,
      upcast: (data: Data, event: UpcastContext) => SchemaInput<Schema>,
      options?: NextVersionOptions<SchemaOutput<Schema>>,
    ) =>
      eventType<Name, SchemaInput<Schema>, SchemaOutput<Schema>>({
        ...definition,
        version: definition.version + 1,
        schema: checkSchema(schema, definition.name),
        tags: nextTags(definition, options?.tags),
        upcasters: [...definition.upcasters, { upcast, schema }],
      }),
    is: <Event extends { readonly type: string }>(
      event: Event,
    ): event is Extract<Event, { readonly type: Name }> => event.type === definition.name,
    [definitionKey]: definition,
  })
}

/** Tags that silently went missing would make append conditions miss events. */
function nextTags<Data>(
  definition: EventDefinition,
  tags: NextVersionOptions<Data>["tags"],
): EventDefinition["tags"] {
  if (tags === "none") return undefined
  if (tags === undefined && definition.tags !== undefined) {
    const path = `nextVersion of "${definition.name}"`
    throw new AnnalsError(
      "INVALID_OPTION",
      `${path}: the version before derives tags; give "tags", or "none"`,
      { path },
    )
  }
  return tags
}

function checkSchema<Schema extends StandardSchema>(schema: Schema, name: string): Schema {
  const given: unknown = schema
  const standard =
    (typeof given === "object" || typeof given === "function") && given !== null
      ? schema["~standard"]
      : undefined
  if (typeof standard?.validate === "function") return schema
  throw new AnnalsError("INVALID_OPTION", `the schema of "${name}" must be a Standard Schema, or type<…>()`, {
    path: "schema",
  })
}
