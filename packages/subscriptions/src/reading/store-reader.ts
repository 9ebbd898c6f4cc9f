import type { EventLog, LogPage } from "@annals/core"
import { ifNotAborted } from "./if-not-aborted.ts"
import type { LogReader, PageRequest } from "./log-reader.ts"

/** Reads every page straight from the store. */
export class StoreReader implements LogReader {
  readonly #store: Pick<EventLog, "readAll">

  constructor(store: Pick<EventLog, "readAll">) {
    this.#store = store
  }

  read(request: PageRequest): Promise<LogPage> {
    return ifNotAborted(request.signal, () => this.#read(request))
  }

  async #read({ filter, after, until, limit, signal }: PageRequest): Promise<LogPage> {
    const atEnd = { events: [], scannedTo: after, more: false }
    if (until !== undefined && until <= after) return atEnd
    const range = { after, limit, pageSize: limit, ...(until !== undefined && { until }) }
    const reader = this.#store.readAll({ ...filter, ...range, ...(signal !== undefined && { signal }) })
    for await (const page of reader.undecodedPages()) return page
    return atEnd
  }
}
