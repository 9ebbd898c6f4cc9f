// What the tests of the tarballs compile, and run on a real server: an account in a schema of its own, which is gone afterwards.
import { createRepository, defineDecider, defineEvent } from "@annals/core"
import { createPostgresStore } from "@annals/store-postgres"
import * as z from "zod"

const opened = defineEvent("opened", z.object({ owner: z.string() }))
const deposited = defineEvent("deposited", z.object({ cents: z.int().positive() }))

const account = defineDecider("account", {
  events: [opened, deposited],
  initial: () => ({ cents: 0 }),
  evolve: {
    opened: (state) => state,
    deposited: (state, { data }) => ({ cents: state.cents + data.cents }),
  },
  decide: {
    open: (_state, { owner }: { owner: string }) => opened({ owner }),
    deposit: (_state, { cents }: { cents: number }) => deposited({ cents }),
  },
})

const { DATABASE_URL: connectionString = "postgres://localhost/bank", ANNALS_SCHEMA: schema = "sample" } =
  process.env
await using store = createPostgresStore({ connectionString, schema, migrate: "auto" })
const accounts = createRepository(store, account)

await accounts.execute("alice", "open", { owner: "Alice" })
await accounts.execute("alice", "deposit", { cents: 500 }, { commandId: "first-deposit" })
const { state, version } = await accounts.load("alice")
console.log(state.cents, version)

await store.transaction(async ({ tx }) => {
  await tx.query(`DROP SCHEMA "${schema}" CASCADE`)
})
