import type { EventIn, EventType, NewEvent, Projection, Recorded, RecordedEvent } from "@annals/core"
import type { ReadModel } from "../read-models/read-model.ts"
import type { StoredProjection, StoredProjectionOptions } from "./stored-projection.ts"

declare const marker: unique symbol

/** The type of {@link deleted}. */
export interface Deleted {
  /** For the compiler only. */
  readonly [marker]: true
}

/** What a handler returns when the document goes. */
export const deleted = Symbol.for("annals.deleted") as unknown as Deleted

export function isDeleted(document: unknown): document is Deleted {
  return document === deleted
}

/** How a projection into documents is defined. */
export interface DocumentProjectionOptions<Types extends readonly EventType<string>[], Document, Handlers>
  extends StoredProjectionOptions {
  /** The read model that it keeps. No other projection, and nothing else, may write to it. */
  readonly into: ReadModel<string, Document>
  /** The types of event that it looks at, of any category. */
  readonly events: Types
  /**
   * Which document an event concerns, such as `({ data }) => data.customerId`; several, or `undefined` for none. Default: the one with the id of the
   * event's stream.
   */
  readonly key?: (event: Recorded<EventIn<Types>>) => string | readonly string[] | undefined
  /**
   * A document before its first event: a new object each time, which the handlers may change. Where fields are unions of literals, say so:
   * `(): Account => ({ state: "open" })`.
   */
  readonly initial: () => NoInfer<Document>
  /** A handler for each type of event that matters: see {@link DocumentHandlers}. */
  readonly on: Handlers
}

/**
 * A handler for each type of event that matters: it changes the document that it is given, or returns another, or {@link deleted}. It must depend
 * on nothing but what it is given, and not change the event: values out of its data that it changes later must be copied.
 */
export type DocumentHandlers<Event extends NewEvent, Document> = {
  readonly [Type in Event["type"]]?: (
    document: Document,
    event: Recorded<Extract<Event, { readonly type: Type }>>,
    key: string,
    // biome-ignore lint/suspicious/noConfusingVoidType: a handler that changes the document returns nothing
  ) => Document | Deleted | void
}

/**
 * A projection that keeps documents of a read model. Taken as a pure {@link Projection} (by `given` of `@annals/testing`, by `foldProjection`) it is
 * what happens to one document.
 */
export interface DocumentProjection<
  Name extends string = string,
  Event extends NewEvent = NewEvent,
  Document = unknown,
> extends Projection<Name, Event, Document | Deleted>,
    StoredProjection {
  readonly name: Name
  readonly events: Projection<Name, Event, Document>["events"]
  readonly readModel: ReadModel<string, Document>
  /** Whether a document's events are those of the stream with its id. */
  readonly keyedByStream: boolean
  /** The documents that an event concerns, each once. */
  keysOf(event: RecordedEvent): readonly string[]
  /** A document after an event. */
  step(document: Document | Deleted | undefined, event: RecordedEvent, key: string): Document | Deleted
}
