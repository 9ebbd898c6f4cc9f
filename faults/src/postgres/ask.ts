import { Client } from "pg"

/** Asks the server one thing, on a connection of its own. */
export async function ask<Row extends object>(
  connectionString: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString })
  client.on("error", () => {}) // it shows in the answer
  await client.connect()
  try {
    const { rows } = await client.query<Row>(text, [...values])
    return rows
  } finally {
    await client.end().catch(() => {})
  }
}
