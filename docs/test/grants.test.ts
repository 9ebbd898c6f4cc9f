import { randomUUID } from "node:crypto"
import { defineEvent, streamId, type } from "@annals/core"
import { usingService } from "@annals/services"
import { createPostgresStore } from "@annals/store-postgres"
import pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import { readPage } from "../src/repository.ts"
import { readFences } from "../src/samples/read-fences.ts"
import { withSampleDatabase } from "../src/samples/sample-database.ts"

const opened = defineEvent("opened", type<{ owner: string }>())
const alice = streamId("account", "alice")

const guide = readPage("docs/guides/postgresql.md").text
const [, section = ""] = /\n## Roles and grants\n(.*?)\n## /s.exec(guide) ?? []
const [createRoles = "", grants = "", readerGrants = ""] = readFences(section)
  .filter(({ language }) => language === "sql")
  .map(({ content }) => content)

// Roles are the whole server's, unlike everything else that tests make: they get names of their own.
const suffix = randomUUID().slice(0, 8)
const renamed = (sql: string) => sql.replaceAll(/\bbank_\w+/g, (role) => `${role}_${suffix}`)
const password = randomUUID()

usingService("postgres", (server) => {
  let databaseUrl = ""
  let finish = () => {}
  let finished: Promise<void>

  const as = (role: string) => {
    const url = new URL(databaseUrl)
    url.username = renamed(role)
    url.password = password
    return url.href
  }

  beforeAll(async () => {
    await new Promise<void>((ready, failed) => {
      finished = withSampleDatabase(server, async (url) => {
        databaseUrl = url
        const done = new Promise<void>((resolve) => {
          finish = resolve
        })
        await query(url, renamed(createRoles))
        for (const role of rolesOf(createRoles)) await query(url, `ALTER ROLE ${role} PASSWORD '${password}'`)
        await using owned = createPostgresStore({ connectionString: as("bank_owner") })
        await owned.migrate()
        await query(as("bank_owner"), renamed(grants))
        ready()
        await done
      })
      finished.catch(failed)
    })
  }, 60_000)

  afterAll(async () => {
    finish()
    await finished
    for (const role of rolesOf(createRoles)) await query(server, `DROP ROLE ${role}`)
  }, 60_000)

  it("the role of programs has the grants with which the store is tested", () => {
    const tested = readPage("packages/store-postgres/test/role-grants.ts").text
    expect(grantsTo("bank_app", grants)).toEqual(grantsTo("annals_writer", tested))
  })

  it("the role of programs can do all that a store does", async () => {
    await using store = createPostgresStore({ connectionString: as("bank_app") })
    const event = () => opened({ owner: "Alice" }, { tags: ["owner:alice"] })
    await store.append(alice, [event()], { expected: "no-stream" })
    await store.appendToStreams([
      { stream: alice, events: [event(), event()], expected: 1 },
      { stream: streamId("account", "bob"), events: [event()] },
    ])
    const query = [{ tags: ["owner:alice"] }]
    await store.append(alice, [event()], { condition: { query, after: await store.head() } })
    await store.transaction(async (unitOfWork) => {
      await unitOfWork.events.append(alice, [event()])
      await unitOfWork.readModels.save("owners", "alice", { accounts: 1 })
      await unitOfWork.readModels.delete("owners", "alice")
    })
    expect(await store.readAll({ tags: ["owner:alice"] }).toArray()).toHaveLength(6)
  })

  it("the role of programs can't change events, nor what forbids it", async () => {
    for (const statement of [
      "DELETE FROM annals.events",
      "UPDATE annals.events SET body = '{}'",
      "TRUNCATE annals.events",
      "UPDATE annals.streams SET slot = 0",
      "ALTER TABLE annals.events DISABLE TRIGGER refuse_change",
      "DROP TABLE annals.events",
    ]) {
      await expect(query(as("bank_app"), statement), statement).rejects.toThrow()
    }
  })

  it("the role of reports sees the view, and nothing else", async () => {
    await query(as("bank_reports"), "SELECT * FROM annals.event_log")
    await expect(query(as("bank_reports"), "SELECT * FROM annals.events")).rejects.toThrow("denied")
    await using store = createPostgresStore({ connectionString: as("bank_reports") })
    await expect(store.append(alice, [opened({ owner: "Alice" })])).rejects.toMatchObject({
      code: "STORE_READ_ONLY",
    })
  })

  it("a role that may only read can read through a store", async () => {
    await query(as("bank_owner"), renamed(readerGrants))
    await using store = createPostgresStore({ connectionString: as("bank_reports") })
    expect(await store.readStream(alice).toArray()).not.toEqual([])
    expect(await store.readAll({ tags: ["owner:alice"], direction: "backward" }).toArray()).not.toEqual([])
    await expect(store.append(alice, [opened({ owner: "Alice" })])).rejects.toMatchObject({
      code: "STORE_READ_ONLY",
    })
  })
})

function rolesOf(sql: string): readonly string[] {
  return [...renamed(sql).matchAll(/CREATE ROLE (\w+)/g)].map(([, role = ""]) => role)
}

/** Each right to each thing, in alphabetical order: the same grants may be written in several ways. */
function grantsTo(role: string, sql: string): readonly string[] {
  return [...sql.matchAll(/GRANT (.+?)\s+ON\s+((?:SEQUENCE|SCHEMA) )?(.+?)\s+TO ([\w, ]+)/gs)]
    .filter(([, , , , roles]) => listed(roles).includes(role))
    .flatMap(([, rights, kind = "", things]) =>
      listed(rights).flatMap((right) => listed(things).map((thing) => `${right} ON ${kind}${thing}`)),
    )
    .sort()
}

function listed(names = ""): readonly string[] {
  return names.split(",").map((name) => name.trim())
}

async function query(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
