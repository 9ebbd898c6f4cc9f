import {
  createMemoryStore,
  createRepository,
  defineDecider,
  type Measurement,
  type Operation,
} from "@annals/core"
import { createSnapshots, everyEvents, never } from "@annals/snapshots"
import { describe, expect, it } from "vitest"
import { damage, memoryLog, revisionsOf } from "./stores.ts"
import { added, cleared, tally } from "./tallies.ts"

function recorder() {
  const operations: Operation[] = []
  const measured: string[] = []
  const observer = {
    around<Result>(operation: Operation, run: () => Promise<Result>) {
      operations.push(operation)
      return run()
    },
    record({ name, value, attributes }: Measurement) {
      measured.push(`${name} ${value} ${JSON.stringify(attributes)}`)
    },
  }
  return { observer, operations, measured }
}

describe("what an observer sees", () => {
  it("is each taking, and what becomes of loads", async () => {
    const { observer, operations, measured } = recorder()
    const store = createMemoryStore({ observer }).forTenant("red")
    const snapshots = createSnapshots(store, tally, { policy: everyEvents(2) })
    const repository = createRepository(store, tally, { snapshots })
    await repository.execute("a", "add", [1, 2])
    await repository.load("a")
    await damage(store, "a", { body: "{" })
    await repository.load("a")
    const about = { system: "memory", tenant: "red", category: "tally", streamId: "a", subject: "tally" }
    expect(operations.filter(({ name }) => name === "snapshot")).toEqual([
      { name: "snapshot", ...about, metadata: {} },
    ])
    expect(measured.filter((line) => line.startsWith("snapshot."))).toEqual([
      'snapshot.missed 1 {"subject":"tally","reason":"missing"}',
      'snapshot.taken 1 {"subject":"tally"}',
      'snapshot.hit 1 {"subject":"tally"}',
      'snapshot.missed 1 {"subject":"tally","reason":"unreadable"}',
    ])
  })

  it("may be another one than the store's, and harms nothing by failing to record", async () => {
    const { logger, lines } = memoryLog()
    const { observer, measured } = recorder()
    const store = createMemoryStore({ logger })
    const failing = {
      around: observer.around,
      record(measurement: Measurement) {
        observer.record(measurement)
        throw new Error("full")
      },
    }
    const snapshots = createSnapshots(store, tally, { policy: () => true, observer: failing })
    const repository = createRepository(store, tally, { snapshots })
    await repository.execute("a", "add", [1])
    await repository.execute("a", "add", [1])
    expect(await revisionsOf(store, "a")).toEqual([2])
    expect(measured).toHaveLength(4)
    expect(lines.map(({ message }) => message)).toEqual(["the observer can't record measurements"])
  })

  it("shows nothing of the state in the log", async () => {
    const { logger, lines } = memoryLog()
    const store = createMemoryStore({ logger })
    const snapshots = createSnapshots(store, tally, { policy: never() })
    await createRepository(store, tally).execute("a", "add", [1])
    await snapshots.take("a")
    await damage(store, "a", { body: "secret" })
    await createRepository(store, tally, { snapshots }).load("a")
    const [line] = lines as { readonly fields: { readonly error: Error } }[]
    expect(String(line?.fields.error) + String(line?.fields.error.cause)).not.toContain("secret")
  })
})

describe("two aggregates of the same category", () => {
  it("have snapshots of their own by their names", async () => {
    const count = defineDecider("tally", {
      events: [added, cleared],
      initial: () => 0,
      evolve: { added: (state) => state + 1, cleared: (state) => state },
      decide: {},
    })
    const store = createMemoryStore()
    const counts = createSnapshots(store, count, { policy: never(), name: "tally-count" })
    const tallies = createSnapshots(store, tally, { policy: never() })
    await createRepository(store, tally).execute("a", "add", [5, 6])
    expect([await counts.take("a"), await tallies.take("a")]).toEqual([true, true])
    expect((await createRepository(store, count, { snapshots: counts }).load("a")).state).toBe(2)
    expect((await createRepository(store, tally, { snapshots: tallies }).load("a")).state.total).toBe(11)
    expect(counts.status().hits + tallies.status().hits).toBe(2)
  })
})

describe("an aggregate that steps over types it doesn't know", () => {
  it("is kept up to and including them, until its rules change with its schema version", async () => {
    const definition = (events: readonly (typeof added | typeof cleared)[]) =>
      defineDecider("tally", {
        events: events as readonly [typeof added],
        initial: () => 0,
        evolve: {
          added: (state, { data }) => state + data.amount,
          ...(events.length > 1 && { cleared: () => 0 }),
        } as { added: (state: number, event: { data: { amount: number } }) => number },
        decide: {},
        unhandled: "ignore",
      })
    const store = createMemoryStore()
    const plain = createRepository(store, tally)
    await plain.execute("a", "add", [1, 2])
    await plain.execute("a", "clear", "me")
    const old = createSnapshots(store, definition([added]), { policy: never() })
    await old.take("a")
    await plain.execute("a", "add", [4])
    const oldRepository = createRepository(store, definition([added]), { snapshots: old })
    const before = await oldRepository.load("a")
    expect([before.state, before.version, old.status().hits]).toEqual([7, 4, 1])
    const known = definition([added, cleared])
    const snapshots = createSnapshots(store, known, { policy: never(), schemaVersion: 2 })
    expect((await createRepository(store, known, { snapshots }).load("a")).state).toBe(4)
  })
})
