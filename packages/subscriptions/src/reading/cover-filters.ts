import type { ReadFilter } from "./log-reader.ts"

/** Whether everything that the narrow filter lets through passes the wide one. `false` where that isn't obvious. */
export function covers(wide: ReadFilter, narrow: ReadFilter): boolean {
  return (
    hasAll(wide.types, narrow.types) &&
    hasAll(wide.categories, narrow.categories) &&
    hasAll(wide.slots, narrow.slots) &&
    (wide.tags ?? []).every((tag) => narrow.tags?.includes(tag)) &&
    (wide.tenant === undefined || wide.tenant === narrow.tenant) &&
    (wide.query === undefined || isSame(wide.query, narrow.query))
  )
}

/**
 * A filter that lets through what either of two does, and little else. `undefined`: reading by one filter in their place would read much that neither
 * wants, such as the whole log for a few events of one type and a few with one tag.
 */
export function coverBoth(first: ReadFilter, second: ReadFilter): ReadFilter | undefined {
  if (covers(first, second)) return first
  if (covers(second, first)) return second
  const isClose =
    (first.types === undefined) === (second.types === undefined) &&
    (first.categories === undefined) === (second.categories === undefined) &&
    isSame(first.tags, second.tags) &&
    first.tenant === second.tenant &&
    isSame(first.query, second.query)
  if (!isClose) return undefined
  const types = joined(first.types, second.types)
  const categories = joined(first.categories, second.categories)
  const slots = joined(first.slots, second.slots)
  const { types: _types, categories: _categories, slots: _slots, ...shared } = first
  return { ...shared, ...(types && { types }), ...(categories && { categories }), ...(slots && { slots }) }
}

/** Left out, a list lets all through. */
function hasAll<Item>(wide: readonly Item[] | undefined, narrow: readonly Item[] | undefined): boolean {
  if (wide === undefined || wide === narrow) return true
  const there = new Set(wide)
  return narrow?.every((item) => there.has(item)) ?? false
}

function joined<Item>(
  first: readonly Item[] | undefined,
  second: readonly Item[] | undefined,
): readonly Item[] | undefined {
  return first && second && [...new Set([...first, ...second])]
}

function isSame(first: unknown, second: unknown): boolean {
  return first === second || JSON.stringify(first) === JSON.stringify(second)
}
