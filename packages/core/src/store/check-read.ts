import { AnnalsError } from "../errors/annals-error.ts"
import type { EventSet } from "../events/event-set.ts"
import type { ReadPolicy } from "../events/read-policy.ts"
import { slotCount } from "../streams/slot.ts"
import { checkName, checkTenant } from "../streams/validate-name.ts"
import type { EventFilter } from "./event-filter.ts"
import type { EventQuery, QueryItem } from "./event-query.ts"
import type { ReadAllOptions, ReadStreamOptions } from "./event-store.ts"

/** The bounds of a read, as numbers. Both exclusive, so that a page can start where the last one ended. */
export interface ReadBounds {
  /** What counts: versions of a stream, or positions of the store. */
  readonly place: "version" | "position"
  readonly direction: "forward" | "backward"
  /** Only above this. */
  readonly after: number
  /** Only up to and including this. */
  readonly until: number
  readonly limit: number
  readonly pageSize: number
}

const defaultPageSize = 1000
const maxPageSize = 100_000

/** Validates the options that say how much to read. Throws `INVALID_OPTION`. */
export function checkBounds(
  place: ReadBounds["place"],
  options: ReadStreamOptions | ReadAllOptions,
): ReadBounds {
  const { direction = "forward" } = options
  if (direction !== "forward" && direction !== "backward")
    throw invalid("direction", 'must be "forward" or "backward"')
  return {
    place,
    direction,
    after: checkWhole(options.after, "after", 0, 0),
    until: checkWhole(options.until, "until", 0, Number.MAX_SAFE_INTEGER - 1),
    limit: checkWhole(options.limit, "limit", 0, Number.MAX_SAFE_INTEGER),
    pageSize: Math.min(checkWhole(options.pageSize, "pageSize", 1, defaultPageSize), maxPageSize),
  }
}

/** For callers without a compiler: an array of types is no set. Throws `INVALID_OPTION`. */
export function checkEventSet(events: EventSet | undefined): EventSet | undefined {
  if (events === undefined || typeof events?.resolve === "function") return events
  throw invalid("events", "must be a set of event types: what defineEvents returns")
}

/** Throws `INVALID_OPTION`. */
export function checkReadPolicy(policy: ReadPolicy | undefined): ReadPolicy | undefined {
  if (policy === undefined || policy === "fail" || policy === "raw" || typeof policy === "function")
    return policy
  throw invalid("unreadable", 'must be "fail", "raw" or a function that is told of what is left out')
}

/** Validates a filter and returns just its parts, for a driver. Throws `INVALID_OPTION`, `INVALID_NAME`. */
export function checkFilter(
  options: EventFilter,
  tenant: string | undefined,
  events: EventSet | undefined,
): EventFilter {
  if (tenant !== undefined && options.tenant !== undefined && options.tenant !== tenant) {
    throw invalid("tenant", `is "${options.tenant}", but this handle is bound to tenant "${tenant}"`)
  }
  const wanted = tenant ?? options.tenant
  return {
    ...(wanted !== undefined && { tenant: checkTenant(wanted) }),
    ...(options.types !== undefined && { types: storedNames(checkNames(options.types, "types"), events) }),
    ...(options.categories !== undefined && { categories: checkNames(options.categories, "categories") }),
    ...(options.tags !== undefined && { tags: checkNames(options.tags, "tags") }),
    ...(options.query !== undefined && { query: checkQuery(options.query, events) }),
    ...(options.slots !== undefined && { slots: checkSlots(options.slots) }),
    ...(options.correlationId !== undefined && {
      correlationId: checkName(options.correlationId, "correlationId"),
    }),
  }
}

/** Validates a query. An empty list in an item would match nothing where leaving it out matches all: it is refused. */
export function checkQuery(query: EventQuery, events: EventSet | undefined): EventQuery {
  if (!Array.isArray(query)) throw invalid("query", "must be an array of items { types, tags }")
  return query.map((item, index) => checkQueryItem(item, `query[${index}]`, events))
}

function checkQueryItem(item: QueryItem, path: string, events: EventSet | undefined): QueryItem {
  if (typeof item !== "object" || item === null) throw invalid(path, "must be an object { types, tags }")
  return {
    ...(item.types !== undefined && { types: storedNames(checkNames(item.types, `${path}.types`), events) }),
    ...(item.tags !== undefined && { tags: checkNames(item.tags, `${path}.tags`) }),
  }
}

/** Every name under which events of these types may be stored: a renamed type's older events count. */
function storedNames(types: readonly string[], events: EventSet | undefined): readonly string[] {
  const names = types.flatMap((type) => {
    const definition = events?.resolve(type)
    return definition === undefined ? type : [definition.name, ...definition.formerNames]
  })
  return [...new Set(names)]
}

export function checkWhole(
  value: number | undefined,
  path: string,
  least: number,
  otherwise: number,
): number {
  if (value === undefined) return otherwise
  if (Number.isSafeInteger(value) && value >= least) return value
  throw invalid(path, `must be a whole number from ${least}, not ${String(value)}`)
}

function checkNames(names: readonly string[], path: string): readonly string[] {
  if (!Array.isArray(names) || names.length === 0)
    throw invalid(path, "must be a non-empty array; leave it out to match all")
  return [...new Set(names.map((name, index) => checkName(name, `${path}[${index}]`)))]
}

function checkSlots(slots: readonly number[]): readonly number[] {
  if (!Array.isArray(slots) || slots.length === 0)
    throw invalid("slots", "must be a non-empty array; leave it out to match all")
  slots.forEach((slot, index) => {
    if (!Number.isInteger(slot) || slot < 0 || slot >= slotCount)
      throw invalid(`slots[${index}]`, `must be 0 to ${slotCount - 1}`)
  })
  return slots
}

function invalid(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}
