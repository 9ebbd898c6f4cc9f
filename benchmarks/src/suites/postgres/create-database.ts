import { randomBytes } from "node:crypto"
import { execute, serverUrl } from "./server.ts"

/** A database of its own, gone with everything in it when it is disposed of. */
export interface Database extends AsyncDisposable {
  readonly url: string
}

/** Creates an empty database on the server that is measured. */
export async function createDatabase(contestant: string): Promise<Database> {
  const server = serverUrl()
  const name = `bench_${contestant.replaceAll(/\W/g, "_")}_${randomBytes(4).toString("hex")}`
  await execute(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = name
  return {
    url: url.href,
    [Symbol.asyncDispose]: async () => {
      // Waits some seconds for connections that are about to close. Twice is fine.
      await execute(server, `DROP DATABASE IF EXISTS ${name}`)
    },
  }
}

/** Leaves nothing to do for later that filling has left behind: neither dead rows nor pages to write. */
export async function settle(url: string): Promise<void> {
  await execute(url, "VACUUM (ANALYZE)", "CHECKPOINT")
}
