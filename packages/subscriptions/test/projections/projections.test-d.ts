import type { DatabaseSync } from "node:sqlite"
import { createRepository, defineDecider, defineEvent, foldProjection, streamId, type } from "@annals/core"
import { createPostgresStore } from "@annals/store-postgres"
import { createSqliteStore } from "@annals/store-sqlite"
import { given } from "@annals/testing"
import {
  createSubscription,
  type Deleted,
  defineDocumentProjection,
  defineReadModel,
  defineTableProjection,
  deleted,
  foldDocument,
  foldDocuments,
  inline,
  projectionSubscription,
} from "../../src/index.ts"

const opened = defineEvent("opened", type<{ owner: string }>())
const deposited = defineEvent("deposited", type<{ cents: number }>())

interface Account {
  owner: string
  cents: number
  state: "open" | "closed"
}

const into = defineReadModel("accounts", type<Account>())
const initial = (): Account => ({ owner: "", cents: 0, state: "open" })

// Everything is inferred: documents from the read model, events from their types.
const balances = defineDocumentProjection("balances", {
  into,
  events: [opened, deposited],
  key: (event) => (event.type === "opened" ? event.data.owner : [event.stream.id, String(event.data.cents)]),
  initial,
  on: {
    opened: (account, { data }, key) => ({ ...account, owner: data.owner + key, state: "closed" }),
    deposited: (account, { data }) => {
      account.cents += data.cents
      return data.cents > 5 ? deleted : undefined
    },
  },
})
balances.name satisfies "balances"

defineDocumentProjection("p", {
  into,
  events: [opened],
  initial,
  // @ts-expect-error: no event of this projection
  on: { shipped: () => deleted },
})
defineDocumentProjection("p", {
  into,
  events: [opened, deposited],
  initial,
  // @ts-expect-error: no event of this projection, beside one that is
  on: { opened: () => deleted, shipped: () => deleted },
})
defineDocumentProjection("p", {
  into,
  events: [deposited],
  initial,
  on: {
    deposited: (account, { data }) => {
      // @ts-expect-error: no field of the document
      account.cent += data.cents
    },
  },
})
defineDocumentProjection("p", {
  into,
  events: [deposited],
  initial,
  // @ts-expect-error: no field of the event's data
  on: { deposited: (account, { data }) => ({ ...account, cents: data.cent }) },
})
defineDocumentProjection("p", {
  into,
  events: [deposited],
  initial,
  // @ts-expect-error: not a document
  on: { deposited: (account, { data }) => ({ ...account, cents: String(data.cents) }) },
})
defineDocumentProjection("p", {
  into,
  events: [opened],
  // @ts-expect-error: not a whole document
  initial: () => ({ owner: "" }),
  on: { opened: () => deleted },
})
defineDocumentProjection("p", {
  into,
  events: [deposited],
  // @ts-expect-error: a key is a string
  key: ({ data }) => data.cents,
  initial,
  on: { deposited: () => deleted },
})

const sqlite = createSqliteStore({ file: "bank.db" })
const postgres = createPostgresStore({ connectionString: "postgres://localhost" })
const stream = streamId("account", "alice")

// On demand, and as a pure projection.
;(await foldDocument(sqlite, balances, "alice")) satisfies Account | undefined
;(await foldDocuments(sqlite, balances)).get("alice") satisfies Account | undefined
foldProjection(balances, []) satisfies Account | Deleted
given(balances, [opened({ owner: "Alice" })]).thenState({ owner: "Alice", cents: 0, state: "closed" })

// Tables know their driver: documents run on every store, and tables on stores with that driver.
const sales = defineTableProjection("sales", {
  execute: (tx: DatabaseSync, sql) => tx.exec(sql),
  tables: {
    sales: (table, index) => [
      `CREATE TABLE ${table} (id TEXT)`,
      `CREATE INDEX ${index("i")} ON ${table} (id)`,
    ],
  },
  events: [opened],
  on: {
    opened: ({ data }, { tx, tables, unitOfWork }) => {
      tx.prepare(`INSERT INTO ${tables.sales} VALUES (?)`).run(data.owner)
      unitOfWork.tx satisfies DatabaseSync
    },
  },
})
sales.tables satisfies readonly "sales"[]

createSubscription(sqlite, projectionSubscription(sales))
createSubscription(sqlite, projectionSubscription(balances, { instances: "shared", onFailure: "park" }))
createSubscription(postgres, projectionSubscription(balances))
await sqlite.append(stream, [opened({ owner: "" })], { before: inline(balances, sales) })
await sqlite.append(stream, [opened({ owner: "" })], { before: inline(sales, balances) })
await postgres.append(stream, [opened({ owner: "" })], { before: inline(balances) })

const account = defineDecider("account", {
  events: [opened],
  initial: () => 0,
  evolve: { opened: (count) => count + 1 },
  decide: { open: () => opened({ owner: "" }) },
})
createRepository(sqlite, account, { before: inline(balances, sales) })
createRepository(postgres, account, { before: inline(balances) })

// @ts-expect-error: another driver
createSubscription(postgres, projectionSubscription(sales))
// @ts-expect-error: another driver
await postgres.append(stream, [opened({ owner: "" })], { before: inline(sales) })
// @ts-expect-error: another driver
createRepository(postgres, account, { before: inline(sales) })

defineTableProjection("t", {
  execute: (tx: DatabaseSync, sql) => tx.exec(sql),
  tables: { sales: (table) => `CREATE TABLE ${table} (id TEXT)` },
  events: [opened],
  // @ts-expect-error: no table of this projection
  on: { opened: (_event, { tables }) => tables.sale },
})
defineTableProjection("t", {
  execute: (tx: DatabaseSync, sql) => tx.exec(sql),
  tables: { sales: (table) => `CREATE TABLE ${table} (id TEXT)` },
  events: [opened],
  on: {
    opened: () => {},
    // @ts-expect-error: no event of this projection
    shipped: () => {},
  },
})
