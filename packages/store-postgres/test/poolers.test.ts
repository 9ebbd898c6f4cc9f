import { randomUUID } from "node:crypto"
import { usingService } from "@annals/services"
import type { PostgresStore } from "@annals/store-postgres"
import { describe, expect, it } from "vitest"
import { failureOf, freshDatabase } from "./fresh-database.ts"

const event = { type: "opened", data: { owner: "Alice" }, tags: ["owner:alice"] }
const account = (id: string) => ({ category: "account", id })

usingService("pgbouncer", (url) => {
  const database = freshDatabase(url)

  async function openStore(): Promise<PostgresStore> {
    const store = database.open({ prepare: false })
    await store.head()
    return store
  }

  describe("behind a pooler that hands out a connection for each transaction", () => {
    it("a store sets itself up, also many at once", async () => {
      const stores = Array.from({ length: 10 }, () => database.open({ prepare: false, maxConnections: 2 }))
      await Promise.all(stores.map((store, id) => store.append(account(`${id}`), [event])))
      expect(await stores[0]?.head()).toBe(10)
    })

    it("appends alone, together, to several streams and by hooks are recorded, each with its outcome", async () => {
      const stores = [await openStore(), await openStore()]
      const given = { ...event, id: randomUUID() }
      const outcomes = await Promise.allSettled(
        stores.flatMap((store, index) => [
          store.append(account("shared"), [event]),
          store.append(account("shared"), [given]),
          ...Array.from({ length: 20 }, (_, id) =>
            store.append(account(`${index} ${id % 4}`), [event, event]),
          ),
          store.append(account("once"), [event], { expected: "no-stream" }),
          store.appendToStreams([
            { stream: account("left"), events: [event] },
            { stream: account("right"), events: [event] },
          ]),
          store.append(account("hook"), [event], {
            before: async ({ readModels }) =>
              void (await readModels.save("accounts", `${index}`, { open: true })),
          }),
        ]),
      )
      const refused = outcomes.flatMap((outcome) =>
        outcome.status === "rejected" ? [outcome.reason.code] : [],
      )
      expect(refused).toEqual(["VERSION_CONFLICT"])
      const store = stores[0] as PostgresStore
      expect(await store.streamVersion(account("shared"))).toBe(3)
      expect(await store.head()).toBe(3 + 80 + 1 + 4 + 2)
      for (const key of ["0", "1"]) {
        expect(await store.readModels.get("accounts", key)).toMatchObject({ value: { open: true } })
      }
    })

    it("a condition has one winner", async () => {
      const stores = [await openStore(), await openStore(), await openStore()]
      for (let seat = 0; seat < 10; seat++) {
        const taking = { type: "taken", data: null, tags: [`seat:${seat}`] }
        const condition = { query: [{ types: ["taken"], tags: [`seat:${seat}`] }] }
        const outcomes = await Promise.allSettled(
          stores.map((store, index) =>
            index === 2
              ? store.transaction(({ events }) => events.append(account(`${seat}`), [taking], { condition }))
              : store.append(account(`${seat} ${index}`), [taking], { condition }),
          ),
        )
        expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
      }
    })

    it("units of work commit and roll back as a whole, also the caller's", async () => {
      const store = await openStore()
      await store.transaction(async ({ events, checkpoints, outbox }) => {
        await events.append(account("alice"), [event])
        await events.append(account("alice"), [event], { expected: 1 })
        await checkpoints.advance("reader", { from: 0, to: 2 })
        await outbox.add([{ id: randomUUID(), topic: "mail", body: { to: "alice" } }])
      })
      const failure = new Error("no")
      const failing = store.transaction(async ({ events }) => {
        await events.append(account("bob"), [event])
        throw failure
      })
      expect(await failureOf(failing)).toBe(failure)
      const tx = await database.begin()
      await store.within(tx).events.append(account("carol"), [event])
      await tx.query("SAVEPOINT s")
      await store.within(tx).events.append(account("carol"), [event])
      await tx.query("ROLLBACK TO SAVEPOINT s")
      const other = await openStore()
      await other.append(account("dave"), [event])
      expect((await other.readAll().toArray()).map(({ stream }) => stream.id)).toEqual(["alice", "alice"])
      await tx.query("COMMIT")
      const ids = (await store.readAll().toArray()).map(({ stream }) => stream.id)
      expect(ids).toEqual(["alice", "alice", "carol", "dave"])
      expect(await store.checkpoints.load("reader")).toMatchObject([{ position: 2 }])
    })

    it("everything can be read, page by page and filtered", async () => {
      const store = await openStore()
      await Promise.all(Array.from({ length: 30 }, (_, id) => store.append(account(`${id % 3}`), [event])))
      expect(await store.readAll({ pageSize: 7 }).toArray()).toHaveLength(30)
      const filters = [{ types: ["opened"] }, { tags: ["owner:alice"] }, { categories: ["account"] }]
      for (const filter of filters) {
        expect(await store.readAll({ ...filter, pageSize: 7 }).toArray()).toHaveLength(30)
        expect(await store.readAll({ ...filter, direction: "backward", limit: 5 }).toArray()).toHaveLength(5)
      }
      expect(
        await store.readStream(account("1"), { direction: "backward", pageSize: 3 }).toArray(),
      ).toHaveLength(10)
    })

    it("ports keep what they are given, whichever connection serves them", async () => {
      const [one, other] = [await openStore(), await openStore()]
      await one.leases.heartbeat("readers", "one", 60_000)
      await other.leases.heartbeat("readers", "other", 60_000)
      expect(await one.leases.acquire("readers", "one", ["a", "b"])).toHaveLength(2)
      expect(await other.leases.acquire("readers", "other", ["a", "c"])).toMatchObject([{ resource: "c" }])
      await one.leases.leave("readers", "one")
      expect(await other.leases.acquire("readers", "other", ["a"])).toMatchObject([
        { resource: "a", fence: 2 },
      ])
      const stream = { tenant: "", ...account("1") }
      expect(await one.inbox.takeVersion("consumer", "source", stream, 1)).toBe(true)
      expect(await other.inbox.takeVersion("consumer", "source", stream, 1)).toBe(false)
    })
  })
})
