import type { Clock } from "@annals/core"
import type { Pool, PoolClient } from "pg"
import { isReadTimeout } from "../errors.ts"
import { breakOff, cancelQuery } from "./cancel-query.ts"

/** How long a ROLLBACK waits for what was begun before it, and then for the end of what was cancelled. */
const patienceMs = 1000

/**
 * Rolls back. The work that failed may have left something behind that still runs on the connection, and waits for a lock, say: after a
 * while it is cancelled, and the connection broken off where that doesn't help, so that the transaction's locks don't stay for ever.
 *
 * Returns why the connection may not serve anybody else, where it may not: what was cancelled late would be somebody else's statement.
 * Rejects where the connection is lost.
 */
export async function rollBack(client: PoolClient, pool: Pool, clock: Clock): Promise<Error | undefined> {
  const rolledBack = client.query("ROLLBACK")
  try {
    if (await inTime(clock, () => rolledBack)) return undefined
  } catch (error) {
    if (!isReadTimeout(error)) throw error // the pool's clients wait for so long at most; the server goes on
  }
  const isDone = await inTime(clock, (signal) =>
    Promise.allSettled([rolledBack, cancelQuery(client, pool, signal)]),
  )
  if (!isDone) breakOff(client)
  return new Error("what had been left behind on the connection had to be cancelled")
}

async function inTime(clock: Clock, work: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
  const over = new AbortController()
  try {
    return await Promise.race([
      work(over.signal).then(() => true),
      clock.sleep(patienceMs, over.signal).then(() => false),
    ])
  } finally {
    over.abort()
  }
}
