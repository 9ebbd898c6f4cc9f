import type { AppendBatch, AppendOutcome, Clock, StoreSession } from "@annals/core"
import { findEvents } from "./events/find-events.ts"
import { listStreams, listTenants } from "./events/list-streams.ts"
import { type LogAccess, readLog } from "./events/read-log.ts"
import { readStream, streamVersion } from "./events/read-stream.ts"
import { createPostgresPorts } from "./ports/postgres-ports.ts"
import type { SqlRunner } from "./sql/sql-runner.ts"

/** Reading and appending, the same inside a transaction and outside: only the access differs, and how appends are sent. */
export function createPostgresSession(
  access: LogAccess,
  runner: SqlRunner,
  append: (batch: AppendBatch) => Promise<AppendOutcome>,
  clock: Clock,
): StoreSession {
  return {
    append,
    readStream: (stream, range) => readStream(access, stream, range),
    readAll: (filter, range) => readLog(access, filter, range),
    findEvents: (tenant, ids) => findEvents(access, tenant, ids),
    streamVersion: (stream) => streamVersion(access, stream),
    head: () => access.settled.look(access.runner),
    listStreams: (filter, { after, limit }) => listStreams(access, filter, after, limit),
    listTenants: () => listTenants(access),
    ports: (tenant) => createPostgresPorts(runner, tenant, clock),
  }
}
