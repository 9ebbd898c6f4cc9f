import { type EventLog, type NewEvent, type RecordedEvent, type SkipWithReport, streamId } from "@annals/core"
import { type Deleted, type DocumentProjection, deleted } from "./document-projection.ts"
import { matches } from "./matches.ts"

/** Up to where to fold. */
export interface FoldDocumentOptions {
  /** Only events up to and including this position. Default: all. */
  readonly until?: number
  readonly signal?: AbortSignal
}

/**
 * Folds one document out of the events, now: nothing is stored, and nothing has to run. It reads the streams with its id where the projection has
 * neither a `key` nor several categories; otherwise everything that the projection looks at.
 *
 * @example
 * const balance = await foldDocument(store, balances, "alice")
 * const before = await foldDocument(store, balances, "alice", { until: position })
 */
export async function foldDocument<Event extends NewEvent, Document>(
  log: EventLog,
  projection: DocumentProjection<string, Event, Document>,
  key: string,
  options: FoldDocumentOptions = {},
): Promise<Document | undefined> {
  let document: Document | Deleted | undefined
  for await (const event of readFor(log, projection as unknown as DocumentProjection, key, options)) {
    if (projection.keysOf(event, log.tenant ?? "").includes(key))
      document = projection.step(document, event, key)
  }
  return document === deleted ? undefined : document
}

/** The same for all documents, by key: they are all held in memory. */
export async function foldDocuments<Event extends NewEvent, Document>(
  log: EventLog,
  projection: DocumentProjection<string, Event, Document>,
  options: FoldDocumentOptions = {},
): Promise<Map<string, Document>> {
  const documents = new Map<string, Document>()
  for await (const event of readFor(log, projection as unknown as DocumentProjection, undefined, options)) {
    for (const key of projection.keysOf(event, log.tenant ?? "")) {
      const document = projection.step(documents.get(key), event, key)
      if (document === deleted) documents.delete(key)
      else documents.set(key, document)
    }
  }
  return documents
}

/** What may concern a document (or any). */
async function* readFor(
  log: EventLog,
  { filter, events, keyedByStream }: DocumentProjection,
  key: string | undefined,
  { until, signal }: FoldDocumentOptions,
): AsyncGenerator<RecordedEvent> {
  const [category, ...more] = filter.categories ?? []
  const stops = { events, ...(signal && { signal }) }
  if (key === undefined || !keyedByStream || category === undefined || more.length > 0) {
    yield* log.readAll({ ...filter, ...stops, ...(until !== undefined && { until }) })
    return
  }
  // A stream is read whole, with events of types that the projection needn't know.
  const unreadable: SkipWithReport = ({ type }, error) => {
    if (filter.types.includes(type)) throw error
  }
  for await (const event of log.readStream(streamId(category, key), { ...stops, unreadable })) {
    if (until !== undefined && event.position > until) return
    if (matches(filter, event)) yield event
  }
}
