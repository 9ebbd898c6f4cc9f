import { readFileSync } from "node:fs"
import { setImmediate } from "node:timers/promises"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

const event = { type: "opened", data: null }

describe("appends that arrive together", () => {
  it("commit together", async () => {
    using folder = temporaryFolder()
    const file = folder.file("group.db")
    await using store = createSqliteStore({ file })
    await store.migrate()
    const before = commitsIn(file)
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => store.append({ category: "c", id: `${index}` }, [event])),
    )
    expect(commitsIn(file) - before).toBeLessThanOrEqual(3)
    expect(await store.head()).toBe(50)
  })

  it("each have their own outcome", async () => {
    await using store = createSqliteStore({ file: ":memory:" })
    const stream = { category: "account", id: "alice" }
    const outcomes = await Promise.allSettled([
      store.append(stream, [event], { expected: "no-stream" }),
      store.append(stream, [event], { expected: "no-stream" }),
      store.append(stream, [event], { expected: 1 }),
      store.append(stream, [event], { condition: { query: [{ types: ["opened"] }] } }),
      store.append(stream, [event]),
    ])
    expect(
      outcomes.map((outcome) =>
        outcome.status === "fulfilled" ? outcome.value.version : outcome.reason.code,
      ),
    ).toEqual([1, "VERSION_CONFLICT", 2, "CONDITION_FAILED", 3])
  })

  it("run again alone when one of them fails in the database", async () => {
    const ids = [id(1), id(2), id(1), id(3)]
    await using store = createSqliteStore({ file: ":memory:", generateId: () => ids.shift() as string })
    await store.migrate()
    const appends = ["a", "b", "c", "d"].map((name) =>
      store.append({ category: "account", id: name }, [event]),
    )
    const outcomes = await Promise.allSettled(appends)
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"])
    expect(outcomes[2]).toMatchObject({ reason: { code: "EVENT_ID_REUSED", eventId: id(1) } })
    expect((await store.readAll().toArray()).map(({ stream }) => stream.id).sort()).toEqual(["a", "b", "d"])
  })

  it("are recorded in the order they were made, whatever takes part", async () => {
    await using store = createSqliteStore({ file: ":memory:" })
    const stream = { category: "account", id: "alice" }
    const event = (data: number) => ({ type: "counted", data })
    const failure = new Error("no")
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, number): Promise<unknown> => {
        if (number % 10 === 7)
          return store.append(stream, [event(number)], { before: () => Promise.reject(failure) })
        if (number % 10 === 5) return store.append(stream, [event(number)], { before: () => {} })
        if (number % 10 === 3)
          return store.transaction(({ events }) => events.append(stream, [event(number)]))
        return store.append(stream, [event(number)])
      }),
    )
    const failed = outcomes.flatMap(({ status }, number) => (status === "rejected" ? [number] : []))
    expect(failed).toEqual([7, 17, 27, 37])
    expect(await store.readStream(stream).toArray()).toMatchObject(
      Array.from({ length: 40 }, (_, data) => ({ data })).filter(({ data }) => !failed.includes(data)),
    )
    expect((await store.checkIntegrity()).problems).toEqual([])
  })

  it("wait while another one's bookkeeping is under way, and see what it appended", async () => {
    await using store = createSqliteStore({ file: ":memory:" })
    const stream = { category: "account", id: "alice" }
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const first = store.append(stream, [event], {
      before: async () => {
        begun.resolve()
        await end.promise
      },
    })
    await begun.promise
    let isDone = false
    const second = store.append(stream, [event], { expected: 1 }).finally(() => {
      isDone = true
    })
    for (let turn = 0; turn < 20; turn++) await setImmediate()
    expect(isDone).toBe(false)
    expect(await store.streamVersion(stream)).toBe(0)
    end.resolve()
    expect((await first).version).toBe(1)
    expect((await second).version).toBe(2)
  })

  it("let the rest of the process have its turns", async () => {
    await using store = createSqliteStore({ file: ":memory:" })
    await store.migrate()
    let appending = true
    const append = (async () => {
      for (let index = 0; index < 200; index++) await store.append({ category: "c", id: "one" }, [event])
      appending = false
    })()
    let turns = 0
    while (appending) {
      await setImmediate()
      turns++
    }
    await append
    expect(turns).toBeGreaterThan(10)
  })
})

function id(number: number): string {
  return `00000000-0000-7000-8000-00000000000${number}`
}

/** Each frame of a WAL says, if it ends a transaction, how large the file is after it. */
function commitsIn(file: string): number {
  const wal = readFileSync(`${file}-wal`)
  const frame = 24 + wal.readUInt32BE(8)
  let commits = 0
  for (let at = 32; at + frame <= wal.length; at += frame) if (wal.readUInt32BE(at + 4) > 0) commits++
  return commits
}
