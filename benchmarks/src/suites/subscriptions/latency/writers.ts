import { BareEventTables } from "../../../bare/postgres/bare-event-tables.ts"
import { plainEventOf } from "../../deposits/plain-event-of.ts"
import type { Appender } from "../../postgres/ledgers/ledger.ts"
import { openPool } from "../../postgres/ledgers/pool.ts"
import { notifier } from "./bare-notifications.ts"
import type { ListenerName } from "./listeners.ts"

/** What appends for a listener. Each is loaded where it is needed: a peer changes how `pg` reads in the whole process. */
export async function openWriter(contestant: ListenerName, url: string): Promise<Appender> {
  switch (contestant) {
    case "ours":
      return (await import("../../postgres/ledgers/annals-ledger.ts")).openAnnalsLedger(url)
    case "bare":
      return openBareWriter(url)
    case "emmett":
      return (await import("../../postgres/ledgers/emmett-ledger.ts")).openEmmettLedger(url)
    default:
      return contestant satisfies never
  }
}

/** Tells whoever listens, after the commit. */
async function openBareWriter(url: string): Promise<Appender> {
  const pool = openPool(url)
  const events = new BareEventTables(pool)
  const notify = notifier(pool)
  return {
    append: async (id, deposits, expected) => {
      await events.append({ category: "account", id, expected, events: deposits.map(plainEventOf) })
      await notify()
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}
