import {
  defineProjection,
  type EventIn,
  type EventType,
  type NewEvent,
  type OwnHandlers,
  type RecordedEvent,
  type Uninferred,
} from "@annals/core"
import { checkFunction } from "../options/check-function.ts"
import { checkObject } from "../options/check-object.ts"
import { checkStoredOptions, invalidOption } from "./check-projection.ts"
import {
  type Deleted,
  type DocumentHandlers,
  type DocumentProjection,
  type DocumentProjectionOptions,
  isDeleted,
} from "./document-projection.ts"
import { createDocumentTarget } from "./document-target.ts"
import { createKeysOf } from "./keys-of.ts"

/**
 * Defines a projection into the documents of a read model: one document for each stream, or for each key that `key` gives an event. The same definition
 * runs beside the appends (`projectionSubscription`), inside of them (`inline`) and on demand (`foldDocument`). The events of each tenant make documents of
 * that tenant. Throws `INVALID_NAME`,
 * `DUPLICATE_EVENT_TYPE`, `INVALID_OPTION`.
 *
 * @example
 * const balances = defineDocumentProjection("balances", {
 *   into: defineReadModel("balances", type<{ owner: string; cents: number }>()),
 *   events: [opened, deposited, discarded],
 *   initial: () => ({ owner: "", cents: 0 }),
 *   on: {
 *     opened: (balance, { data }) => ({ ...balance, owner: data.owner }),
 *     deposited: (balance, { data }) => {
 *       balance.cents += data.cents
 *     },
 *     $discarded: () => deleted,
 *   },
 * })
 */
export function defineDocumentProjection<
  const Name extends string,
  const Types extends readonly EventType<string>[],
  Handlers extends DocumentHandlers<EventIn<Types>, NoInfer<Document>>,
  Document = Uninferred,
>(
  name: Name,
  options: DocumentProjectionOptions<Types, Document, OwnHandlers<Handlers, EventIn<Types>["type"], Name>>,
): DocumentProjection<Name, EventIn<Types>, Document> {
  const { events, initial, key, into } = checkObject(options, "options")
  if (typeof into?.check !== "function") throw invalidOption("into", "must be a read model")
  checkFunction(initial, "initial")
  if (key !== undefined) checkFunction(key, "key")
  // Core's pure form checks name, events and handlers, and says which types to filter by.
  const pure = defineProjection(name, { events, initial, on: options.on as never })
  const steps = new Map(Object.entries(options.on as object) as [string, Step<Document>][])

  const step = (document: Document | Deleted | undefined, event: RecordedEvent, one: string) => {
    const current = document === undefined || isDeleted(document) ? initial() : document
    return steps.get(event.type)?.(current, event, one) ?? current
  }
  const keysOf = createKeysOf(
    key as ((event: RecordedEvent) => string | readonly string[] | undefined) | undefined,
  )
  const projection: Omit<DocumentProjection<Name, NewEvent, Document>, "target"> = {
    ...checkStoredOptions(options, pure.types),
    name,
    events: pure.events,
    types: pure.types,
    initial,
    evolve: (state, event) =>
      steps.has(event.type) ? step(state, event, keysOf(event)[0] ?? event.stream.id) : state,
    readModel: into,
    keyedByStream: key === undefined,
    keysOf,
    step,
  }
  return Object.freeze({
    ...projection,
    target: createDocumentTarget(projection),
  }) as unknown as DocumentProjection<Name, EventIn<Types>, Document>
}

type Step<Document> = (
  document: Document,
  event: RecordedEvent,
  key: string,
) => Document | Deleted | undefined
