import type { JsonValue } from "../events/payload.ts"

/** Documents by model and id, with versions: enough for most read models. */
export interface ReadModelStore {
  get(model: string, id: string): Promise<ReadModelRow | undefined>
  /** Many at once, in no order; those that aren't there are left out. */
  getMany(model: string, ids: readonly string[]): Promise<readonly ReadModelRow[]>
  /**
   * Inserts or replaces. With `expectedVersion` (0 = not there yet) only where the row has that version.
   * Returns the new version, or `"conflict"`.
   */
  save(
    model: string,
    id: string,
    value: JsonValue,
    options?: { readonly expectedVersion?: number },
  ): Promise<number | "conflict">
  /**
   * Saves several documents, each with the version that it is expected to have (0 = not there yet), and each with its own outcome: the new versions, or
   * `"conflict"`, in the order given. Each id may occur once. Many times faster than one by one where the store is a server.
   */
  saveMany(model: string, documents: readonly NewReadModelRow[]): Promise<readonly (number | "conflict")[]>
  /** Whether there was one. */
  delete(model: string, id: string): Promise<boolean>
  /** Rows that match, in the given order and then by id, a page at a time by key (never by offset). */
  find(model: string, query?: ReadModelQuery): Promise<ReadModelPage>
  /** Removes all rows of a model. Returns how many. */
  clear(model: string): Promise<number>
  /** Puts the rows of `from` in place of those of `to`, atomically: the swap at the end of a rebuild. */
  replace(from: string, to: string): Promise<void>
}

/** A document of a read model. */
export interface ReadModelRow {
  readonly id: string
  /** Counts saves from 1. */
  readonly version: number
  readonly value: JsonValue
}

/** A document to be saved over the version that was read. */
export interface NewReadModelRow {
  readonly id: string
  readonly value: JsonValue
  /** 0 = not there yet. */
  readonly expectedVersion: number
}

/** Which rows to find, in which order. Default: all, by id. */
export interface ReadModelQuery {
  readonly where?: ReadModelCondition
  readonly orderBy?: readonly { readonly field: string; readonly direction?: "ascending" | "descending" }[]
  /** Default 100. */
  readonly limit?: number
  /** The `next` of the page before. */
  readonly after?: string
}

/**
 * `field` is a path of keys, such as `owner.name`. A field that isn't there, or is `null`, matches no comparison but `is-missing`.
 * Comparisons match only values of the type that they are given; `not` matches whatever its condition doesn't.
 *
 * Order of values: missing or `null`, `false`, `true`, numbers, strings by code point, then arrays and objects, all alike.
 */
export type ReadModelCondition =
  | {
      readonly field: string
      readonly is: "=" | "<" | "<=" | ">" | ">="
      readonly value: string | number | boolean
    }
  | { readonly field: string; readonly is: "in"; readonly value: readonly (string | number | boolean)[] }
  | { readonly field: string; readonly is: "is-missing" }
  | { readonly and: readonly ReadModelCondition[] }
  | { readonly or: readonly ReadModelCondition[] }
  | { readonly not: ReadModelCondition }

/** Part of what a query found. */
export interface ReadModelPage {
  readonly rows: readonly ReadModelRow[]
  /** Give it as `after` for the next page; `undefined` on the last. */
  readonly next: string | undefined
}
