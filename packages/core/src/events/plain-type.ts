import type { StandardSchema } from "./standard-schema.ts"

/** A schema that only the compiler checks; made by {@link type}. */
export interface PlainType<Data> extends StandardSchema<Data> {
  readonly plain: true
}

const plainType: PlainType<unknown> = {
  plain: true,
  "~standard": { version: 1, vendor: "annals", validate: (value) => ({ value }) },
}

/**
 * Describes an event's data by a TypeScript type alone: nothing is checked at run time, except that the data survives storing.
 *
 * @example
 * const opened = defineEvent("opened", type<{ owner: string }>())
 */
export function type<Data>(): PlainType<Data> {
  return plainType as PlainType<Data>
}
