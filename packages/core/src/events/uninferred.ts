/**
 * What a state counts as while the compiler doesn't know it yet. A handler without parameters is looked at that early, and a word in what it
 * returns stays that word only where literals may be wanted; else it becomes a `string` for good. Anything goes: it is checked against the
 * real state afterwards.
 *
 * Functions that define something by handlers have it as the default of their type parameter for the state, which therefore comes last.
 */
export type Uninferred =
  | ""
  | 0
  | 0n
  | boolean
  | null
  | undefined
  | { readonly [field: string]: Uninferred }
  // biome-ignore lint/complexity/noBannedTypes: all other values
  | {}
