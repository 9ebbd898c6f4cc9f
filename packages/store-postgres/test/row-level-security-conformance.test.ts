import { randomBytes } from "node:crypto"
import { recycledSchemas, usingService } from "@annals/services"
import { createPostgresStore, type PostgresStore, postgresMigrationSql } from "@annals/store-postgres"
import {
  type CreateSubject,
  eventStoreConformance,
  type Runner,
  storePortsConformance,
  transactionalStoreConformance,
} from "@annals/testing"
import pg, { type PoolClient } from "pg"
import { afterAll, beforeAll, describe, it, vi } from "vitest"
import { withoutWaitingForDisk } from "./create-subject.ts"
import { connected } from "./role-database.ts"

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

/** What looks at all tenants through one handle, which policies don't allow. */
const looksAtAll =
  /^(may be those of tenants: .*|don't see each other's streams and names|don't see each other's events among those that are read already|may use the same event ids|are all seen by a handle that is bound to none, .*|are left to the store to close|know the event that they encode, .*|belongs to the tenant whose handle began it|sees and writes another tenant's through that tenant's handle of it, .*|is one with every other unit of work in that transaction)$/s

/** The suites with the handle of a tenant, whose policies bind the role that it works as; on the oldest server, since without policies they run on the newest. */
usingService("postgres-oldest", (url) => {
  const role = `annals_${randomBytes(6).toString("hex")}`
  const roleUrl = new URL(url)
  roleUrl.username = role
  roleUrl.password = "secret"

  beforeAll(() =>
    connected(url, async (client) => {
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`)
      await client.query(`GRANT CREATE ON DATABASE ${client.database} TO ${role}`)
    }),
  )
  afterAll(() =>
    connected(url, async (client) => {
      await client.query(`DROP OWNED BY ${role} CASCADE`)
      await client.query(`DROP ROLE ${role}`)
    }),
  )

  const runner: Runner = {
    describe,
    it: (name, test) => (looksAtAll.test(name) ? undefined : it(name, test)),
  }
  const create = createSubjectsIn(withoutWaitingForDisk(roleUrl.href), url)
  eventStoreConformance(runner, create)
  transactionalStoreConformance(runner, create)
  storePortsConformance(runner, create)
})

function createSubjectsIn(connectionString: string, superuserUrl: string): CreateSubject<PoolClient> {
  const schemas = recycledSchemas(withoutWaitingForDisk(superuserUrl), {
    prefix: "policies ",
    keep: ["migrations"],
    create: (schema) =>
      connected(connectionString, async (client) => {
        await client.query(postgresMigrationSql({ schema }))
        await client.query(`SELECT "${schema}".enable_row_level_security()`)
      }),
  })
  return async (options = {}) => {
    const schema = await schemas.take()
    const pool = new pg.Pool({ connectionString, max: 4 })
    const opened: PostgresStore[] = []
    const open = () => {
      const store = createPostgresStore({ ...options, connectionString, schema, rowLevelSecurity: true })
      opened.push(store)
      return asTenant(store)
    }
    const store = open()
    return {
      store,
      reopen: async () => {
        await store.close()
        return open()
      },
      secondHandle: async () => open(),
      beginTransaction: async () => {
        const tx = await pool.connect()
        await tx.query("BEGIN")
        const end = async (how: string) => {
          await tx.query(how)
          tx.release()
        }
        return { tx, commit: () => end("COMMIT"), rollback: () => end("ROLLBACK") }
      },
      async [Symbol.asyncDispose]() {
        for (const handle of opened) await handle.close()
        await pool.end()
        await schemas.giveBack(schema)
      },
    }
  }
}

/** The handle of the tenant without a name, which the suites take an unbound one to write to, that closes its store, and that hands out those of other tenants. */
function asTenant(store: PostgresStore): PostgresStore {
  const close = () => store.close()
  return {
    ...store.forTenant(""),
    forTenant: (tenant) => store.forTenant(tenant),
    close,
    [Symbol.asyncDispose]: close,
  }
}
