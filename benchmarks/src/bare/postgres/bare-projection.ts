import type { Pool } from "pg"
import { additions, addToBalances } from "./balance-tables.ts"
import { pageReader } from "./page-reader.ts"

/** Folds all events into balances; each page commits with the checkpoint behind it. Returns how many events there were. */
export async function projectBalances(pool: Pool, projection: string, pageEvents: number): Promise<number> {
  const client = await pool.connect()
  try {
    const readPage = pageReader(client, pageEvents)
    await client.query("INSERT INTO progress VALUES ($1, 0)", [projection])
    let handled = 0
    let position = 0
    while (true) {
      const page = await readPage(position)
      const last = page.at(-1)
      if (last === undefined) return handled
      const values = additions(page.map(({ data }) => data as { account: string; cents: number }))
      await client.query("BEGIN")
      await client.query({ name: "balances", text: addToBalances, values: [projection, ...values] })
      const { rowCount } = await client.query({
        name: "progress",
        text: "UPDATE progress SET position = $2 WHERE projection = $1 AND position = $3",
        values: [projection, last.position, position],
      })
      if (rowCount !== 1) throw new Error("somebody else moved the checkpoint")
      await client.query("COMMIT")
      handled += page.length
      position = last.position
    }
  } finally {
    client.release()
  }
}
