import { balanceTables } from "../../../bare/postgres/balance-tables.ts"
import { BareEventTables } from "../../../bare/postgres/bare-event-tables.ts"
import { projectBalances } from "../../../bare/postgres/bare-projection.ts"
import { plainEventOf } from "../../deposits/plain-event-of.ts"
import { openPool } from "../../postgres/ledgers/pool.ts"
import type { Follower } from "./follower.ts"
import { projectionPageEvents } from "./page-events.ts"

const category = "account"

/** A paged read, written by hand on `pg`: every column of every event, parsed. It does nothing with them, and keeps no checkpoint. */
export async function openBareFollower(url: string): Promise<Follower> {
  const pool = openPool(url)
  const events = new BareEventTables(pool)
  await events.create()
  return {
    append: async (id, deposits, expected) => {
      await events.append({ category, id, expected, events: deposits.map(plainEventOf) })
    },
    async catchUp() {
      let handled = 0
      for await (const page of events.readAll()) handled += page.length
      return { handled }
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

/** A projection, written by hand on `pg`. */
export async function openBareProjection(url: string): Promise<Follower> {
  const pool = openPool(url)
  const events = new BareEventTables(pool)
  await events.create()
  await pool.query(balanceTables)
  let turns = 0
  return {
    append: async (id, deposits, expected) => {
      await events.append({ category, id, expected, events: deposits.map(plainEventOf) })
    },
    catchUp: async () => ({
      handled: await projectBalances(pool, `turn-${++turns}`, projectionPageEvents),
    }),
    [Symbol.asyncDispose]: () => pool.end(),
  }
}
