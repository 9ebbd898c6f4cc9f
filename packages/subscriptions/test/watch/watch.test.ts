import assert from "node:assert/strict"
import { AsyncLocalStorage } from "node:async_hooks"
import { createMemoryStore, defineEvent, defineEvents, type, withContext } from "@annals/core"
import { createFakeClock } from "@annals/testing"
import { describe, it } from "vitest"
import { watch } from "../../src/index.ts"
import { turn } from "../reading/log-world.ts"

const account = (id: string) => ({ category: "account", id })
const opened = (owner: string, tags: string[] = []) => ({ type: "opened", data: { owner }, tags })

/** The next so many. */
async function take<Event>(events: AsyncIterator<Event, undefined>, count: number): Promise<Event[]> {
  const taken: Event[] = []
  while (taken.length < count) {
    const next = await events.next()
    if (next.done) break
    taken.push(next.value)
  }
  return taken
}

describe("a watch", () => {
  it("asks for nothing before the first event is asked for", async () => {
    await using store = createMemoryStore()
    await store.close()
    const watching = watch(store)
    await watching.return()
    assert.deepEqual(await watching.next(), { done: true, value: undefined })
  })

  it("ends by break, and lets go of the store's wake-ups", async () => {
    await using store = createMemoryStore()
    const listening = countListeners(store)
    await store.append(account("a"), [opened("Ann"), opened("Bob")])
    for await (const event of watch(listening.store)) {
      assert.equal(listening.count, 1)
      if (event.version === 2) break
    }
    assert.equal(listening.count, 0)
  })

  it("ends by return while it waits, for all who wait", async () => {
    await using store = createMemoryStore()
    const clock = createFakeClock()
    const listening = countListeners({ ...store, clock })
    const watching = watch(listening.store)
    const waiting = [watching.next(), watching.next()]
    await clock.asleep()
    await watching.return()
    for (const next of waiting) assert.deepEqual(await next, { done: true, value: undefined })
    await turn()
    assert.deepEqual([listening.count, clock.sleepers], [0, 0])
  })

  it("ends when it is disposed", async () => {
    await using store = createMemoryStore()
    const listening = countListeners(store)
    {
      await using watching = watch(listening.store, { after: "end" })
      const next = watching.next()
      await turn()
      await store.append(account("a"), [opened("Ann")])
      assert.equal((await next).value?.version, 1)
    }
    assert.equal(listening.count, 0)
  })

  it("ends with the signal's reason, before it begins, while it waits and between two events", async () => {
    await using store = createMemoryStore()
    const reason = new Error("enough")
    await assert.rejects(watch(store, { signal: AbortSignal.abort(reason) }).next(), reason)

    const listening = countListeners(store)
    const waiting = new AbortController()
    const watching = watch(listening.store, { signal: waiting.signal })
    const next = watching.next()
    await turn()
    waiting.abort(reason)
    await assert.rejects(next, reason)
    assert.deepEqual(await watching.next(), { done: true, value: undefined })

    await store.append(account("a"), [opened("Ann"), opened("Bob")])
    const between = new AbortController()
    const seen: number[] = []
    await assert.rejects(async () => {
      for await (const { version } of watch(listening.store, { signal: between.signal })) {
        seen.push(version)
        between.abort(reason)
      }
    }, reason)
    assert.deepEqual(seen, [1])
    assert.equal(listening.count, 0)
  })

  it("ends with CLOSED when the store is closed while it waits", async () => {
    const store = createMemoryStore()
    const ended = assert.rejects(watch(store).next(), { code: "CLOSED" })
    await turn()
    await store.close()
    await ended
  })

  it("ends with what can't be read, unless it is told otherwise", async () => {
    await using store = createMemoryStore()
    await store.append(account("a"), [{ type: "moved", data: {} }, opened("Ann")])
    const events = defineEvents([defineEvent("opened", type<{ owner: string }>())])
    const failing = watch(store, { events })
    await assert.rejects(failing.next(), { code: "UNKNOWN_EVENT_TYPE" })
    assert.equal((await failing.next()).done, true)
    const skipped: string[] = []
    const [first] = await take(watch(store, { events, unreadable: (event) => skipped.push(event.type) }), 1)
    assert.deepEqual([first?.data.owner, skipped], ["Ann", ["moved"]])
  })

  it("refuses options that are none when it is first asked", async () => {
    await using store = createMemoryStore()
    for (const options of [{ after: -1 }, { pageSize: 0 }, { types: [] }]) {
      await assert.rejects(watch(store, options).next(), { code: "INVALID_OPTION" })
    }
  })

  it("gives each event once and in order to those who ask for several at a time", async () => {
    await using store = createMemoryStore()
    const watching = watch(store, { pageSize: 2 })
    const asked = Array.from({ length: 7 }, () => watching.next())
    await turn()
    for (const owner of ["1", "2", "3", "4", "5", "6", "7"])
      await store.append(account(owner), [opened(owner)])
    assert.deepEqual(
      (await Promise.all(asked)).map(({ value }) => value?.stream.id),
      ["1", "2", "3", "4", "5", "6", "7"],
    )
    await watching.return()
  })

  for (const moment of [
    "while it asks for the end",
    "before it reads",
    "after it read the last page",
  ] as const) {
    it(`misses nothing that is appended ${moment}, without waiting for anything else`, async () => {
      await using store = createMemoryStore()
      await store.append(account("a"), [opened("Ann")])
      let appended = 0
      const append = async (at: string) => {
        if (at !== moment || appended === 3) return
        await store.append(account(`${++appended}`), [opened("Bob")])
        await turn()
      }
      const head = async () => {
        const position = await store.head()
        await append("while it asks for the end")
        return position
      }
      const readAll: typeof store.readAll = (options) => {
        const reader = store.readAll(options)
        async function* pages() {
          await append("before it reads")
          yield* reader.pages()
          await append("after it read the last page")
        }
        return { ...reader, pages }
      }
      const watching = watch({ ...store, head, readAll, clock: createFakeClock() }, { after: "end" })
      const count = moment === "while it asks for the end" ? 1 : 3
      const seen = (await take(watching, count)).map(({ stream }) => stream.id)
      assert.deepEqual(seen, ["1", "2", "3"].slice(0, count))
      await watching.return()
    })
  }

  it("reads nothing while nothing happens, and holds no more than a page", async () => {
    await using store = createMemoryStore()
    let pages = 0
    const readAll: typeof store.readAll = (options) => {
      const reader = store.readAll(options)
      async function* counted() {
        for await (const page of reader.pages()) {
          pages++
          assert.ok(page.events.length <= 10)
          yield page
        }
      }
      return { ...reader, pages: counted }
    }
    await store.append(
      account("a"),
      Array.from({ length: 100 }, () => opened("Ann")),
    )
    const watching = watch({ ...store, readAll }, { pageSize: 10 })
    await take(watching, 11)
    for (let turns = 0; turns < 20; turns++) await turn()
    assert.equal(pages, 2)
    await take(watching, 89)
    const next = watching.next()
    for (let turns = 0; turns < 20; turns++) await turn()
    const before = pages
    for (let turns = 0; turns < 20; turns++) await turn()
    assert.equal(pages, before)
    await watching.return()
    await next
  })

  it("goes on in the context of who iterates, not of who appends", async () => {
    await using store = createMemoryStore()
    const context = new AsyncLocalStorage<string>()
    const seen = context.run("watcher", async () => {
      for await (const _event of watch(store)) return context.getStore()
      return undefined
    })
    await turn()
    await context.run("writer", () =>
      withContext({ actor: "writer" }, () => store.append(account("a"), [opened("Ann")])),
    )
    assert.equal(await seen, "watcher")
  })
})

/** A store that tells how many listen to its wake-ups. */
function countListeners<Store extends Parameters<typeof watch>[0]>(store: Store) {
  const counted = {
    count: 0,
    store: {
      ...store,
      wakeUps: {
        listen(listener: () => void) {
          const listening = store.wakeUps.listen(listener)
          counted.count++
          return {
            [Symbol.dispose]: () => {
              counted.count--
              listening[Symbol.dispose]()
            },
          }
        },
      },
    },
  }
  return counted
}
