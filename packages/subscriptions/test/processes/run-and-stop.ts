/** Runs subscriptions on a store, stops and closes everything, and must then end by itself: nothing may keep the process alive. */

import { createPostgresStore } from "@annals/store-postgres"
import { createSqliteStore } from "@annals/store-sqlite"
import { createSubscription, createSubscriptionManager, defineSubscription } from "../../src/index.ts"

const [kind, location = "", schema = "annals"] = process.argv.slice(2)

const store =
  kind === "sqlite"
    ? createSqliteStore({ file: location })
    : createPostgresStore({ connectionString: location, schema, migrate: "auto" })

let handled = 0
const define = (name: string) => defineSubscription<never>(name, { handle: () => void handled++ })
const subscription = createSubscription<never>(store as never, define("alone"))
const manager = createSubscriptionManager<never>(store as never, {
  subscriptions: [define("one"), define("two")],
})
await Promise.all([subscription.start(), manager.start()])
const { position } = await store.append({ category: "test", id: "a" }, [{ type: "tested", data: null }])
await Promise.all([subscription.waitFor(position), manager.waitFor(position)])
await Promise.all([subscription.stop(), manager.stop()])
await store.close()
process.stdout.write(`handled ${handled}`)
