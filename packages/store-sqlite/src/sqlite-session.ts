import type { Clock, StorePorts, StoreSession } from "@annals/core"
import type { Connection } from "./connection.ts"
import { appendBatch } from "./events/append-batch.ts"
import { findEvents } from "./events/find-events.ts"
import { listStreams } from "./events/list-streams.ts"
import { readHead, readLog } from "./events/read-log.ts"
import { readStream, streamVersion } from "./events/read-stream.ts"
import type { Names } from "./names.ts"
import { createSqlitePorts } from "./ports/sqlite-ports.ts"
import { listTenants } from "./statements/read.ts"
import type { JobAttempt } from "./write-queue.ts"

/** A connection, with the names that are known on it. */
export interface Access {
  readonly connection: Connection
  readonly names: Names
}

/** How a session gets at the database. Work is synchronous, so that nothing of this process can come in between. */
export interface SessionAccess {
  read<Result>(work: (access: Access) => Result): Promise<Result>
  /** Waits for its turn, and commits by itself, where no transaction is open around it. */
  write<Result>(weight: number, work: (access: Access, attempt: JobAttempt) => Result): Promise<Result>
}

/** Reading and appending, the same inside a transaction and outside: only the access differs. */
export function createSqliteSession({ read, write }: SessionAccess, clock: Clock): StoreSession {
  return {
    append: (batch) => {
      const weight = batch.streams.reduce((sum, { events }) => sum + events.length, 0)
      return write(weight, ({ connection, names }, { isRerun }) =>
        appendBatch(connection, names, batch, { checkFreshIds: isRerun }),
      )
    },
    readStream: (stream, range) =>
      read(({ connection, names }) => readStream(connection, names, stream, range)),
    readAll: (filter, range) => read(({ connection, names }) => readLog(connection, names, filter, range)),
    findEvents: (tenant, ids) => read(({ connection, names }) => findEvents(connection, names, tenant, ids)),
    streamVersion: (stream) => read(({ connection, names }) => streamVersion(connection, names, stream)),
    head: () => read(({ connection }) => readHead(connection)),
    listStreams: (filter, { after, limit }) =>
      read(({ connection }) => listStreams(connection, filter, after, limit)),
    listTenants: () => read(({ connection }) => connection.all<[string]>(listTenants).map(([name]) => name)),
    ports: (tenant): StorePorts =>
      createSqlitePorts(
        tenant,
        {
          read: (work) => read(({ connection }) => work(connection)),
          write: (work) => write(1, ({ connection }) => work(connection)),
        },
        clock,
      ),
  }
}
