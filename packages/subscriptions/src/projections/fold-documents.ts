import type { EventLog, NewEvent, RecordedEvent, SkipWithReport, TypedStream } from "@annals/core"
import { type Deleted, type DocumentProjection, isDeleted } from "./document-projection.ts"
import { matches } from "./matches.ts"

/** Up to where to fold. */
export interface FoldDocumentOptions {
  /** Only events up to and including this position. Default: all. */
  readonly until?: number
  readonly signal?: AbortSignal
}

/**
 * Folds one document out of the events, now: nothing is stored, and nothing has to run. It reads the streams with its id where the projection has
 * neither a `key` nor several categories; otherwise everything that the projection looks at. Of a store's own handle: of tenant `""`.
 *
 * @example
 * const balance = await foldDocument(store, balances, "alice")
 * const before = await foldDocument(store, balances, "alice", { until: event.position })
 */
export async function foldDocument<Event extends NewEvent, Document>(
  log: EventLog,
  projection: DocumentProjection<string, Event, Document>,
  key: string,
  options: FoldDocumentOptions = {},
): Promise<Document | undefined> {
  let document: Document | Deleted | undefined
  for await (const event of readDocument(log, projection, key, options)) {
    if (options.until !== undefined && event.position > options.until) break
    if (!matches(projection.filter, event)) continue
    if (projection.keysOf(event).includes(key)) document = projection.step(document, event, key)
  }
  return isDeleted(document) ? undefined : document
}

/**
 * The same for all documents, by key: they are all held in memory.
 *
 * @example
 * for (const [id, balance] of await foldDocuments(store, balances)) console.log(id, balance)
 */
export async function foldDocuments<Event extends NewEvent, Document>(
  log: EventLog,
  projection: DocumentProjection<string, Event, Document>,
  options: FoldDocumentOptions = {},
): Promise<Map<string, Document>> {
  const documents = new Map<string, Document>()
  for await (const event of readAll(log, projection, options)) {
    for (const key of projection.keysOf(event)) {
      const document = projection.step(documents.get(key), event, key)
      if (isDeleted(document)) documents.delete(key)
      else documents.set(key, document)
    }
  }
  return documents
}

type Reading = Pick<DocumentProjection, "filter" | "events" | "keyedByStream">

function readAll(log: EventLog, { filter, events }: Reading, options: FoldDocumentOptions) {
  return log.readAll<NewEvent>({ ...options, ...filter, events, tenant: log.tenant ?? "" })
}

/** What may concern a document: at best its stream, which is read whole, with events of types that the projection needn't know. */
function readDocument(
  log: EventLog,
  projection: Reading,
  key: string,
  options: FoldDocumentOptions,
): AsyncIterable<RecordedEvent> {
  const { filter, events, keyedByStream } = projection
  const [category, ...more] = filter.categories ?? []
  if (!keyedByStream || category === undefined || more.length > 0) return readAll(log, projection, options)
  const unreadable: SkipWithReport = ({ type }, error) => {
    if (filter.types.includes(type)) throw error
  }
  const stream: TypedStream = { category, id: key, events }
  return log.readStream(stream, { events, unreadable, ...(options.signal && { signal: options.signal }) })
}
