import { setTimeout as sleep } from "node:timers/promises"
import pg from "pg"

/** So often it is looked whether somebody is still there. A pooler keeps its connections, and tests that failed may leave some behind. */
const looks = 50

/**
 * Drops a database, and roles that went with it. A pool has ended before its connections have: to break one of those off is an error that nobody
 * catches. So they are waited for, and only who is left then is thrown out.
 */
export async function dropDatabase(serverUrl: string, name: string, roles: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  const isUsed = async () =>
    (await client.query("SELECT FROM pg_stat_activity WHERE datname = $1", [name])).rowCount !== 0
  try {
    for (let look = 0; look < looks && (await isUsed()); look++) await sleep(20)
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
    for (const role of roles) await client.query(`DROP ROLE ${role}`)
  } finally {
    await client.end()
  }
}
