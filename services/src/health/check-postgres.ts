import { Client } from "pg"

/** Connects and asks for one row. Works through a pooler, too. */
export async function checkPostgres(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000, query_timeout: 3_000 })
  // A server that goes away while nobody waits for an answer must not end the process.
  client.on("error", () => {})
  await client.connect()
  try {
    await client.query("select 1")
  } finally {
    await client.end().catch(() => {})
  }
}
