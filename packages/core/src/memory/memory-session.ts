import type { StoreSession } from "../store/store-driver.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import { appendToLog } from "./memory-append.ts"
import { createMemoryPorts, type MemoryPortsOptions } from "./memory-ports.ts"
import type { DataAccess } from "./memory-transactions.ts"

/** Reading and appending, the same inside a transaction and outside: only the access differs. */
export function createMemorySession({ read, write }: DataAccess, options: MemoryPortsOptions): StoreSession {
  return {
    append: (batch) => write(({ log }) => appendToLog(log, batch)),
    readStream: (stream, range) => read(({ log, upTo }) => log.readStream(stream, range, upTo)),
    readAll: (filter, range) => read(({ log, upTo }) => log.readAll(filter, range, upTo)),
    findEvents: (tenant, ids) =>
      read(({ log, upTo }) => ids.map((id) => log.find(tenant, id, upTo)).filter(isThere)),
    streamVersion: (stream) => read(({ log, upTo }) => log.version(stream, upTo)),
    head: () => read(({ log, upTo }) => log.head(upTo)),
    listStreams: (filter, { after, limit }) =>
      read(({ log, upTo }) => log.listStreams(filter, after, limit, upTo)),
    listTenants: () => read(({ log, upTo }) => log.listTenants(upTo)),
    ports: (tenant) =>
      createMemoryPorts(
        {
          read: (work) => read((view) => work(view.tables(tenant))),
          write: (work) => write((view) => work(view.tables(tenant))),
        },
        options,
      ),
  }
}

const isThere = (event: StoredEvent | undefined): event is StoredEvent => event !== undefined
