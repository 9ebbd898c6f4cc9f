import { serviceUrl } from "@annals/services"
import { Client } from "pg"

/** Runs statements on a connection of its own, one after the other. Returns the rows of the last. */
export async function execute(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) ({ rows } = await client.query(statement))
    return rows
  } finally {
    await client.end()
  }
}

/** The server that is measured. */
export function serverUrl(): string {
  const url = serviceUrl("postgres")
  if (url === undefined) throw new Error('there is no PostgreSQL: start it by "pnpm services postgres"')
  return url
}
