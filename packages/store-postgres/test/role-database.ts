import { randomBytes } from "node:crypto"
import { createPostgresStore, type PostgresStore, type PostgresStoreOptions } from "@annals/store-postgres"
import pg, { type Client } from "pg"
import { dropDatabase } from "./drop-database.ts"
import { grantsTo, type RoleKind } from "./role-grants.ts"

/** A database of one test, whose store, in the schema `annals`, belongs to a role of its own. All of it goes when the test ends. */
export interface RoleDatabase extends AsyncDisposable {
  /** As the server's superuser. */
  readonly url: string
  readonly ownerUrl: string
  /** A URL that logs in as a new role with no more than the grants of its kind; `attributes` as of CREATE ROLE. */
  createRole(kind: Exclude<RoleKind, "owner">, attributes?: string): Promise<string>
  /** A store that works as a role; closed when the test ends. */
  openAs(url: string, options?: Partial<PostgresStoreOptions>): PostgresStore
  /** As the server's superuser. */
  query(sql: string): Promise<Record<string, unknown>[]>
}

export async function roleDatabase(serverUrl: string): Promise<RoleDatabase> {
  const name = `annals_${randomBytes(6).toString("hex")}`
  await runOn(serverUrl, [`CREATE DATABASE ${name}`])
  const url = urlFor(serverUrl, { database: name })
  const stores: PostgresStore[] = []
  const roles: string[] = []
  const roleUrl = async (kind: RoleKind, attributes = "") => {
    const role = `annals_${kind}_${randomBytes(6).toString("hex")}`
    roles.push(role)
    await runOn(url, [`CREATE ROLE ${role} LOGIN PASSWORD 'secret' ${attributes}`, ...grantsTo(kind, role)])
    return urlFor(url, { username: role, password: "secret" })
  }
  const openAs: RoleDatabase["openAs"] = (connectionString, options = {}) => {
    const store = createPostgresStore({ connectionString, maxConnections: 4, listen: false, ...options })
    stores.push(store)
    return store
  }
  const ownerUrl = await roleUrl("owner")
  await openAs(ownerUrl).migrate()
  return {
    url,
    ownerUrl,
    createRole: roleUrl,
    openAs,
    query: (sql) => connected(url, (client) => rowsOf(client, sql)),
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close()
      await dropDatabase(serverUrl, name, roles)
    },
  }
}

/** Some work on a connection of its own. */
export async function connected<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export async function rowsOf(client: Pick<Client, "query">, sql: string): Promise<Record<string, unknown>[]> {
  return (await client.query<Record<string, unknown>>(sql)).rows
}

async function runOn(url: string, statements: readonly string[]): Promise<void> {
  await connected(url, async (client) => {
    for (const sql of statements) await client.query(sql)
  })
}

function urlFor(
  base: string,
  { database, username, password }: { database?: string; username?: string; password?: string },
): string {
  const url = new URL(base)
  if (database !== undefined) url.pathname = `/${database}`
  if (username !== undefined) url.username = username
  if (password !== undefined) url.password = password
  return url.href
}
