import type { NewEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"

/** Names one history within a tenant. */
export interface StreamId<Category extends string = string> {
  readonly category: Category
  readonly id: string
}

/** A stream whose events are known to the compiler; made by `category.stream(id)`. */
export interface TypedStream<Category extends string = string, Event extends NewEvent = NewEvent>
  extends StreamId<Category> {
  readonly events?: EventSet<Event>
}

/** The full identity of a stream in a store. */
export interface StreamKey extends StreamId {
  /** `""` unless the application has tenants. */
  readonly tenant: string
}

/** Names any stream, without a claim about its events. */
export function streamId<const Category extends string>(category: Category, id: string): StreamId<Category> {
  return { category, id }
}

/** How a stream is written in messages: `category/id`, or `tenant:category/id`. */
export function describeStream(stream: StreamId & { readonly tenant?: string }): string {
  const name = `${stream.category}/${stream.id}`
  return stream.tenant ? `${stream.tenant}:${name}` : name
}

/** One text for each stream, for maps and sets: no name contains NUL. */
export function streamName({ tenant, category, id }: StreamKey): string {
  return `${tenant}\0${category}\0${id}`
}
