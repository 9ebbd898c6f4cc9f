import type { EventMetadata } from "../events/event.ts"

/** What is known about a command besides its payload. */
export interface CommandContext {
  /** Of the aggregate that it is for. */
  readonly id: string
  /** Of the aggregate, before the command. */
  readonly version: number
  /** Epoch milliseconds, by the store's clock. */
  readonly now: number
  /** As the caller gave it. */
  readonly commandId: string | undefined
  /** As the caller gave it, on top of what the context gives (see `withContext`). */
  readonly metadata: EventMetadata
}

/** The arguments of a command after its name. */
export type PayloadArguments<Commands, Name extends keyof Commands, Options> =
  IsOptional<Commands, Name> extends true
    ? [payload?: Commands[Name], options?: Options]
    : [payload: Commands[Name], options?: Options]

/** The same where there are no options. */
export type PayloadArgument<Commands, Name extends keyof Commands> =
  IsOptional<Commands, Name> extends true ? [payload?: Commands[Name]] : [payload: Commands[Name]]

type IsOptional<Commands, Name extends keyof Commands> =
  IsUnion<Name> extends true ? true : undefined extends Commands[Name] ? true : false

/**
 * A name that isn't known makes the compiler fall back to all names at once: if a payload were wanted then, it would complain about the
 * number of arguments instead of the name.
 */
type IsUnion<Type, Each = Type> = [Type] extends [never]
  ? false
  : Type extends unknown
    ? [Each] extends [Type]
      ? false
      : true
    : never

/** For commands that are run without a store. */
export const standaloneContext: CommandContext = Object.freeze({
  id: "",
  version: 0,
  now: 0,
  commandId: undefined,
  metadata: Object.freeze({}),
})
