import { afterAll, beforeAll } from "vitest"
import { WorkFolder } from "../../src/harness/work-folder.ts"
import { type PostgresServer, startPostgresServer } from "../../src/postgres/postgres-server.ts"

/** One server for all tests of a file: starting one takes longer than what most of them do with it. */
export function useServer(): () => PostgresServer {
  const started = new AsyncDisposableStack()
  let server: PostgresServer | undefined
  beforeAll(async () => {
    const folder = started.use(new WorkFolder())
    server = started.use(await startPostgresServer(folder.path))
  }, 300_000)
  afterAll(() => started.disposeAsync(), 60_000)
  return () => {
    if (server === undefined) throw new Error("the server isn't started before the first test")
    return server
  }
}
