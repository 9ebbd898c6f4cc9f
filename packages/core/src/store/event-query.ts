/**
 * One item of a query: an event matches when its type is **any** of `types` **and** it carries **all** of
 * `tags`. Either may be left out, which then matches everything.
 */
export interface QueryItem {
  readonly types?: readonly string[]
  readonly tags?: readonly string[]
}

/** Items are OR-ed; the empty query matches every event. */
export type EventQuery = readonly QueryItem[]

/**
 * "Fail if an event matching this query was recorded after this position": the append condition of
 * [Dynamic Consistency Boundaries](https://dcb.events/specification/). It sees the events of its own tenant.
 */
export interface AppendCondition {
  readonly query: EventQuery
  /** From a bounded read or `head()`. Default 0: no matching event may exist at all. */
  readonly after?: number
}

/** Whether an event matches a query. The one meaning that every driver's query must have. */
export function matchesQuery(
  query: EventQuery,
  event: { readonly type: string; readonly tags: readonly string[] },
) {
  return query.length === 0 || query.some((item) => matchesItem(item, event))
}

function matchesItem(
  item: QueryItem,
  event: { readonly type: string; readonly tags: readonly string[] },
): boolean {
  const typeMatches = item.types === undefined || item.types.includes(event.type)
  return typeMatches && (item.tags ?? []).every((tag) => event.tags.includes(tag))
}
