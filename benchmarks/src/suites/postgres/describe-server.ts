import { execute, serverUrl } from "./server.ts"

const settings = ["server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers"]

/** The server's version and what its speed depends on. */
export async function describeServer(): Promise<string> {
  const [row = {}] = await execute(
    serverUrl(),
    `SELECT ${settings.map((name) => `current_setting('${name}') AS ${name}`)}`,
  )
  return Object.entries(row)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ")
}
