import assert from "node:assert/strict"
import { defineCategory, defineEvent, type EventStore, type } from "@annals/core"
import { it } from "vitest"
import { watch } from "../../src/index.ts"
import { describeStores } from "../subjects/stores.ts"

const opened = defineEvent("opened", type<{ owner: string }>())
const deposited = defineEvent("deposited", type<{ cents: number }>())
const accounts = defineCategory("account", [opened, deposited])

async function deposit(store: EventStore, id: string, count: number): Promise<void> {
  for (let cents = 1; cents <= count; cents++) await store.append(accounts.stream(id), [deposited({ cents })])
}

describeStores("a watch", (open) => {
  it("gives the history of everything, and then what follows", async () => {
    await using scene = await open()
    const { store } = scene
    await deposit(store, "a", 5)
    const seen: string[] = []
    for await (const event of watch(store, { pageSize: 2 })) {
      seen.push(`${event.stream.id}@${event.version}`)
      if (seen.length === 5) await deposit(store, "b", 3)
      if (seen.length === 8) break
    }
    assert.deepEqual(seen, ["a@1", "a@2", "a@3", "a@4", "a@5", "b@1", "b@2", "b@3"])
  })

  it("loses nothing and repeats nothing of what several append meanwhile, here and through another handle", async () => {
    await using scene = await open()
    const { store } = scene
    const other = scene.otherHandle()
    await deposit(store, "z", 1)
    const writing = Promise.all([
      deposit(store, "a", 20),
      deposit(store, "b", 20),
      deposit(other, "c", 20),
      deposit(other.forTenant("blue"), "a", 20),
    ])
    const watching = Array.from({ length: 3 }, async (_, index) => {
      const seen: string[] = []
      for await (const event of watch(store, { pageSize: 1 + index * 7 })) {
        seen.push(`${event.tenant}/${event.stream.id}@${event.version}`)
        if (seen.length === 81) break
      }
      return seen
    })
    const [, ...seen] = await Promise.all([writing, ...watching])
    const expected = (await store.readAll().toArray()).map(
      (event) => `${event.tenant}/${event.stream.id}@${event.version}`,
    )
    for (const one of seen) assert.deepEqual(one, expected)
  })

  it("is woken for what another handle appends, each time", async () => {
    await using scene = await open()
    const other = scene.otherHandle()
    await deposit(other, "a", 1)
    let version = 0
    for await (const event of watch(scene.store)) {
      assert.equal(event.version, ++version)
      if (version === 6) break
      // What it gave last is all there is: it waits for the next one.
      await deposit(other, "a", 1)
    }
  })

  it("begins at the end as it is when the first event is asked for", async () => {
    await using scene = await open()
    const { store } = scene
    const watching = watch(store, { after: "end" })
    await deposit(store, "a", 3)
    let isOver = false
    const later = (async () => {
      while (!isOver) await deposit(store, "a", 1)
    })()
    const next = await watching.next()
    isOver = true
    await later
    assert.ok(next.value !== undefined && next.value.version > 3)
    await watching.return()
  })

  it("follows one stream from a version, typed as the stream is", async () => {
    await using scene = await open()
    const { store } = scene
    await store.append(accounts.stream("a"), [opened({ owner: "Ann" }), deposited({ cents: 1 })])
    const seen: number[] = []
    for await (const event of watch(store, { stream: accounts.stream("a"), after: 1 })) {
      if (event.type === "deposited") seen.push(event.data.cents)
      if (seen.length === 1) {
        await deposit(store, "b", 1)
        await store.append(accounts.stream("a"), [deposited({ cents: 2 })])
      }
      if (seen.length === 2) break
    }
    assert.deepEqual(seen, [1, 2])
  })

  it("follows what passes a filter, also a tenant's", async () => {
    await using scene = await open()
    const { store } = scene
    const blue = store.forTenant("blue")
    const openedBy = (owner: string, tags: string[] = []) => opened({ owner }, { tags })
    await deposit(store, "a", 2)
    await store.append(accounts.stream("a"), [openedBy("not blue", ["vip"])])
    await blue.append(accounts.stream("a"), [openedBy("no tag"), openedBy("Ann", ["vip"])])
    const seen: string[] = []
    const filter = { types: ["opened"], categories: ["account"], tags: ["vip"], query: [{ tags: ["vip"] }] }
    for await (const event of watch(store, {
      ...filter,
      events: accounts.events,
      tenant: "blue",
      pageSize: 1,
    })) {
      if (event.type === "opened") seen.push(event.data.owner)
      if (seen.length === 1)
        await blue.append(accounts.stream("b"), [openedBy("no tag"), openedBy("Bob", ["vip"])])
      if (seen.length === 2) break
    }
    assert.deepEqual(seen, ["Ann", "Bob"])
  })

  it("ends with CLOSED when the store is closed while it waits", async () => {
    await using scene = await open()
    const store = scene.otherHandle()
    await deposit(store, "a", 1)
    const watching = watch(store)
    await watching.next()
    const ended = assert.rejects(watching.next(), { code: "CLOSED" })
    await store.close()
    await ended
  })
})
