import { isAnnalsError } from "@annals/core"
import { usingService } from "@annals/services"
import type { PostgresStore } from "@annals/store-postgres"
import { describe, expect, it } from "vitest"
import { connected, roleDatabase, rowsOf } from "./role-database.ts"
import { removeEverywhere, writeEverywhere } from "./write-everywhere.ts"

const account = (id: string) => ({ category: "account", id })
const opened = { type: "opened", data: 1, tags: ["owner:alice"] }

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    describe("a writer", () => {
      it("can use all of a store, with no more than its grants", async () => {
        await using roles = await roleDatabase(url)
        const store = roles.openAs(await roles.createRole("writer"))
        await writeEverywhere(store)
        await readEverywhere(store, 1)
        const condition = { query: [{ tags: ["owner:alice"] }], after: await store.head() }
        await store.append(account("b"), [opened], { condition })
        const several = [account("c"), account("d")].map((stream) => ({ stream, events: [opened, opened] }))
        await store.appendToStreams(several)
        await store.append(account("d"), [opened], {
          expected: 2,
          before: async ({ checkpoints }) => void (await checkpoints.advance("inline", { from: 0, to: 6 })),
        })
        await store.transaction(({ events }) => events.append(account("d"), [opened]))
        expect(await store.streamVersion(account("d"))).toBe(4)
        await removeEverywhere(store)
      })

      it("can begin with migrations that an owner has done", async () => {
        await using roles = await roleDatabase(url)
        const store = roles.openAs(await roles.createRole("writer"), { migrate: "auto" })
        await store.append(account("a"), [opened])
        await store.migrate()
      })

      it("can't migrate", async () => {
        await using roles = await roleDatabase(url)
        const store = roles.openAs(await roles.createRole("writer"), { schema: "another" })
        await expectRefused(store.migrate())
      })

      it("can't change what happened, nor the streams, nor the version of the schema", async () => {
        await using roles = await roleDatabase(url)
        const writer = await roles.createRole("writer")
        await roles.openAs(writer).append(account("a"), [opened])
        const statements = [
          "UPDATE annals.events SET type = 'x'",
          "DELETE FROM annals.events",
          "TRUNCATE annals.events",
          "DELETE FROM annals.event_tags",
          "UPDATE annals.streams SET id = 'x'",
          "UPDATE annals.streams SET slot = 1",
          "DELETE FROM annals.streams",
          "INSERT INTO annals.migrations (version, name) VALUES (99, 'x')",
          "SELECT setval('annals.event_position', 1)",
          "ALTER TABLE annals.events DISABLE TRIGGER ALL",
          "CREATE TABLE annals.mine ()",
          "DROP TABLE annals.outbox",
        ]
        await connected(writer, async (client) => {
          for (const sql of statements) {
            await expect(client.query(sql), sql).rejects.toMatchObject({ code: "42501" })
          }
        })
      })
    })

    describe("a reader", () => {
      it("can read everything", async () => {
        await using roles = await roleDatabase(url)
        await writeEverywhere(roles.openAs(roles.ownerUrl))
        const reader = await roles.createRole("reader")
        await readEverywhere(roles.openAs(reader), 1)
        await connected(reader, async (client) => {
          expect(await rowsOf(client, "SELECT category FROM annals.event_log")).toEqual([
            { category: "account" },
          ])
        })
      })

      it("is refused everything else, by an error that says so", async () => {
        await using roles = await roleDatabase(url)
        await writeEverywhere(roles.openAs(roles.ownerUrl))
        const store = roles.openAs(await roles.createRole("reader"))
        await expectRefused(store.append(account("a"), [opened]))
        await expectRefused(store.append(account("new"), [opened, opened]))
        await expectRefused(store.append(account("a"), [opened], { before: () => {} }))
        await expectRefused(store.transaction(({ events }) => events.append(account("a"), [opened])))
        await expectRefused(store.leases.heartbeat("group", "me", 1000))
        await expectRefused(store.checkpoints.advance("reader", { from: 1, to: 2 }))
        await expectRefused(store.outbox.remove(["00000000-0000-4000-8000-000000000001"]))
        await expectRefused(store.readModels.save("accounts", "a", {}))
        expect(await store.head()).toBe(1)
      })
    })

    describe("an owner that is no superuser", () => {
      it("can use all of a store, and can't change what happened", async () => {
        await using roles = await roleDatabase(url)
        const store = roles.openAs(roles.ownerUrl)
        await writeEverywhere(store)
        await readEverywhere(store, 1)
        await removeEverywhere(store)
        await connected(roles.ownerUrl, async (client) => {
          const change = client.query("UPDATE annals.events SET type = 'x'")
          await expect(change).rejects.toMatchObject({ code: "23001" })
        })
      })
    })

    describe("a role without any grant", () => {
      it("is told that it may not", async () => {
        await using roles = await roleDatabase(url)
        const stranger = await roles.createRole("stranger")
        await expectRefused(roles.openAs(stranger).head())
      })
    })
  })
}

async function readEverywhere(store: PostgresStore, events: number): Promise<void> {
  expect(await store.head()).toBe(events)
  expect(await store.readAll().toArray()).toHaveLength(events)
  expect(await store.readAll({ types: ["opened"], tags: ["owner:alice"] }).toArray()).toHaveLength(events)
  expect(await store.readStream(account("a")).toArray()).toHaveLength(1)
  expect(await store.listTenants()).toEqual([""])
  expect(await store.checkpoints.load("reader")).toHaveLength(1)
  expect((await store.leases.inspect("group")).owners).toEqual(["me"])
  expect(await store.outbox.read()).toHaveLength(1)
  expect(await store.deadLetters.parkedStreams("source")).toHaveLength(1)
  expect(await store.readModels.get("accounts", "a")).toBeDefined()
  expect(await store.snapshots.load({ kind: "stream", name: "account", id: "a" })).toBeDefined()
  const stream = { tenant: "", ...account("a") }
  expect(await store.inbox.lastVersion("consumer", "source", stream)).toBe(1)
}

async function expectRefused(work: Promise<unknown>): Promise<void> {
  const error = await work.then(
    () => new Error("it wasn't refused"),
    (thrown) => thrown,
  )
  expect(isAnnalsError(error, "STORE_READ_ONLY"), String(error)).toBe(true)
  expect(error.message).toMatch(/may not do that.*permission denied/)
}
