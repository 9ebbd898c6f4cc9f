import { DatabaseSync } from "node:sqlite"
import { type ExpectedVersion, isAnnalsError, streamId } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"

/** The other process of `startStoreProcess`: does what it is told, on the file that it is given. */

const file = process.argv[2] as string
const store = createSqliteStore({ file, durability: "off", pollIntervalMs: 5 })
const plain: DatabaseSync[] = []

const calls = {
  /** Opens so many stores at the same time; the codes of those that failed. */
  async openStores(count: number): Promise<string[]> {
    const stores = Array.from({ length: count }, () => createSqliteStore({ file }))
    const outcomes = await Promise.allSettled(stores.map((opened) => opened.migrate()))
    await Promise.all(stores.map((opened) => opened.close()))
    return outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [String(outcome.reason)] : []))
  },

  /** Appends one event after the other to a stream; their ids. */
  async append(id: string, count: number, expected: ExpectedVersion = "any"): Promise<string[]> {
    const ids: string[] = []
    for (let event = 0; event < count; event++) {
      const { eventIds } = await store.append(
        streamId("note", id),
        [{ type: "noted", data: { pid: process.pid } }],
        { expected },
      )
      ids.push(...eventIds)
    }
    return ids
  },

  /** Appends at the version it read, again after each conflict; the versions it got. */
  async appendAtVersion(id: string, count: number): Promise<number[]> {
    const stream = streamId("note", id)
    const versions: number[] = []
    while (versions.length < count) {
      const expected = await store.streamVersion(stream)
      const version = await refusedBy("VERSION_CONFLICT", async () => {
        return (await store.append(stream, [{ type: "noted", data: null }], { expected })).version
      })
      if (version !== undefined) versions.push(version)
    }
    return versions
  },

  /** Takes numbers that nobody has, as a decision on what it read of all streams; the numbers it took. */
  async takeNumbers(count: number): Promise<number[]> {
    const query = [{ tags: ["number"] }]
    const taken: number[] = []
    while (taken.length < count) {
      const after = await store.head()
      const known = await store.readAll({ query, until: after }).toArray()
      const number = known.length + 1
      const position = await refusedBy("CONDITION_FAILED", async () => {
        const event = { type: "taken", data: number, tags: ["number"] }
        return (
          await store.append(streamId("taker", `${process.pid}`), [event], { condition: { query, after } })
        ).position
      })
      if (position !== undefined) taken.push(number)
    }
    return taken
  },

  /** Takes the write lock and writes, without a commit. */
  async holdWriteLock(): Promise<void> {
    await store.migrate()
    const db = new DatabaseSync(file, { timeout: 5000 })
    plain.push(db)
    db.exec("BEGIN IMMEDIATE; INSERT INTO tenants (name) VALUES ('never committed')")
  },
}

/** The functions that another process can call. */
export type StoreProcessCalls = typeof calls

/** What comes back from a call. */
export interface StoreProcessAnswer {
  readonly call: number
  readonly result?: unknown
  readonly error?: string
}

interface StoreProcessCall {
  readonly call: number
  readonly name: keyof StoreProcessCalls
  readonly args: readonly never[]
}

async function refusedBy<Result>(code: string, work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work()
  } catch (error) {
    if (isAnnalsError(error) && error.code === code) return undefined
    throw error
  }
}

process.on("message", async ({ call, name, args }: StoreProcessCall) => {
  const run = calls[name] as (...args: readonly never[]) => Promise<unknown>
  try {
    process.send?.({ call, result: await run(...args) } satisfies StoreProcessAnswer)
  } catch (error) {
    process.send?.({ call, error: String(error) } satisfies StoreProcessAnswer)
  }
})
process.send?.("ready")
