import {
  createMemoryBus,
  createMemoryStore,
  createRepository,
  defineAggregate,
  defineDecider,
  defineEvent,
  type EventStore,
  type Observer,
  type Operation,
  type RecordedEvent,
  type SnapshotLoading,
  type StreamGrowth,
  saveTogether,
  type,
  type UnitOfWork,
} from "@annals/core"
import { describe, expect, it, vi } from "vitest"
import { account, createFaultyStore, deposited } from "./account.ts"

describe("a cache", () => {
  const counting = () => {
    const evolved = { count: 0 }
    const counted = defineDecider("account", {
      events: [deposited],
      initial: () => 0,
      evolve: {
        deposited: (cents, { data }) => {
          evolved.count++
          return cents + data.cents
        },
      },
      decide: { deposit: (_cents, cents: number) => deposited({ cents }) },
    })
    return { evolved, counted }
  }

  it("reads only what came since", async () => {
    const { evolved, counted } = counting()
    const store = createMemoryStore()
    const stream = counted.category.stream("alice")
    await store.append(
      stream,
      Array.from({ length: 100 }, () => deposited({ cents: 1 })),
    )
    const accounts = createRepository(store, counted, { cache: {} })
    await accounts.load("alice")
    await store.append(stream, [deposited({ cents: 1 })])
    evolved.count = 0
    expect(await accounts.load("alice")).toMatchObject({ state: 101, version: 101 })
    expect(evolved.count).toBe(1)
  })

  it("keeps the states used last", async () => {
    const { evolved, counted } = counting()
    const accounts = createRepository(createMemoryStore(), counted, { cache: { maxEntries: 2 } })
    for (const id of ["a", "b", "c"]) await accounts.execute(id, "deposit", 1)
    evolved.count = 0
    await accounts.load("b")
    await accounts.load("c")
    expect(evolved.count).toBe(0)
    await accounts.load("a")
    expect(evolved.count).toBe(1)
  })

  it("doesn't get in the way of earlier versions and discarding", async () => {
    const accounts = createRepository(createMemoryStore(), account, { cache: {} })
    for (const cents of [1, 2, 4]) await accounts.execute("alice", "deposit", { cents })
    expect((await accounts.load("alice", { atVersion: 2 })).state.cents).toBe(3)
    await accounts.discard("alice")
    await expect(accounts.load("alice")).rejects.toMatchObject({ code: "STREAM_DISCARDED" })
    expect(await accounts.exists("alice")).toBe(false)
  })

  it("keeps what was recorded, not what was raised or changed by hand", async () => {
    const visited = defineEvent("visited", type<{ by: string }>())
    const place = defineAggregate("place", {
      events: [visited],
      initial: () => ({ lastAt: 0, visitors: [] as string[] }),
      on: {
        visited: (state, { data, occurredAt }) => {
          state.lastAt = occurredAt ?? -1
          state.visitors.push(data.by)
        },
      },
      commands: { visit: ({ raise }, { by }: { by: string }) => raise(visited({ by })) },
    })
    const store = createMemoryStore()
    const cached = createRepository(store, place, { cache: {} })
    const plain = createRepository(store, place)
    for (const by of ["a", "b", "c"]) {
      await cached.execute("inn", "visit", { by })
      expect((await cached.load("inn")).state).toEqual((await plain.load("inn")).state)
    }
    const changed = await cached.load("inn")
    changed.state.visitors.push("nobody")
    changed.execute("visit", { by: "d" })
    await cached.save(changed)
    expect((await cached.load("inn")).state).toEqual((await plain.load("inn")).state)
    expect((await cached.load("inn")).state.visitors).toEqual(["a", "b", "c", "d"])
  })

  it("keeps nothing of a command that another process executed with the same id, on other data", async () => {
    const store = createMemoryStore()
    const open = () => createRepository(store, account, { cache: {} })
    const [one, other] = [open(), open()]
    const commandId = "the same"
    const results = await Promise.all([
      one.execute("alice", "deposit", { cents: 1 }, { commandId }),
      other.execute("alice", "deposit", { cents: 5 }, { commandId }),
    ])
    const { state } = await open().load("alice")
    expect(results.map((result) => result.state)).toEqual([state, state])
    expect((await one.load("alice")).state).toEqual(state)
    expect((await other.load("alice")).state).toEqual(state)
  })

  it("must have room for one", () => {
    const create = () => createRepository(createMemoryStore(), account, { cache: { maxEntries: 0 } })
    expect(create).toThrow(expect.objectContaining({ code: "INVALID_OPTION", path: "cache.maxEntries" }))
  })
})

describe("a bus", () => {
  it("gets what was recorded, after the commit", async () => {
    const store = createMemoryStore()
    const published: (readonly [string, number])[] = []
    const bus = {
      publish: async (events: readonly RecordedEvent[]) => {
        for (const { type, position } of events) published.push([type, position])
        expect(await store.head()).toBe(events.at(-1)?.position)
      },
    }
    const accounts = createRepository(store, account, { bus })
    await accounts.execute("alice", "exchange", { cents: 5 }, { commandId: "c1" })
    await accounts.execute("alice", "exchange", { cents: 5 }, { commandId: "c1" })
    expect(published).toEqual([
      ["withdrawn", 1],
      ["deposited", 2],
    ])
  })

  it("gets the final event of what was discarded", async () => {
    const published: string[] = []
    const bus = {
      publish: async (events: readonly RecordedEvent[]) =>
        void published.push(...events.map(({ type }) => type)),
    }
    const accounts = createRepository(createMemoryStore(), account, { bus })
    await accounts.execute("alice", "deposit", { cents: 5 })
    await accounts.discard("alice")
    expect(published).toEqual(["deposited", "$discarded"])
  })

  it("is served at best: its failure goes to the logger", async () => {
    const warn = vi.fn()
    const store = createMemoryStore({ logger: { debug() {}, info() {}, error() {}, warn } })
    const bus = { publish: () => Promise.reject(new Error("broker away")) }
    const { version } = await createRepository(store, account, { bus }).execute("alice", "deposit", {
      cents: 5,
    })
    expect(version).toBe(1)
    expect(warn).toHaveBeenCalledOnce()
  })

  it("may be any bus, and isn't for a unit of work", async () => {
    await using bus = createMemoryBus()
    const store = createMemoryStore()
    createRepository(store, account, { bus })
    await store.transaction(({ events }) => {
      expect(() => createRepository(events, account, { bus })).toThrow(
        expect.objectContaining({ path: "bus" }),
      )
    })
  })
})

describe("inside a unit of work", () => {
  it("commits with the rest", async () => {
    const store = createMemoryStore()
    const accounts = createRepository(store, account, { cache: {} })
    await store.transaction(async (unitOfWork) => {
      const inside = accounts.within(unitOfWork)
      await inside.execute("alice", "deposit", { cents: 5 })
      expect((await inside.load("alice")).state.cents).toBe(5)
      await unitOfWork.readModels.save("balances", "alice", { cents: 5 })
    })
    expect((await accounts.load("alice")).version).toBe(1)
  })

  it("rolls back with the rest, the cache included", async () => {
    const store = createMemoryStore()
    const accounts = createRepository(store, account, { cache: {} })
    const work = store.transaction(async (unitOfWork) => {
      await accounts.within(unitOfWork).execute("alice", "deposit", { cents: 5 })
      throw new Error("no")
    })
    await expect(work).rejects.toThrow("no")
    expect(await accounts.exists("alice")).toBe(false)
    expect((await accounts.loadOrCreate("alice")).version).toBe(0)
  })

  it("is refused to a repository that stands outside", async () => {
    const store = createMemoryStore()
    const accounts = createRepository(store, account)
    const work = store.transaction(() => accounts.execute("alice", "deposit", { cents: 5 }))
    await expect(work).rejects.toMatchObject({ code: "NESTED_WRITE" })
  })
})

describe("the seam for snapshots", () => {
  type State = ReturnType<typeof account.initial>

  /** Keeps one snapshot for each stream, each time that a save crosses a multiple of three. */
  function everyThree(inTransaction: boolean, store: EventStore = createMemoryStore()) {
    const kept = new Map<string, { state: State; version: number }>()
    const told: StreamGrowth[] = []
    const transactions: boolean[] = []
    const due = ({ fromVersion, toVersion }: StreamGrowth) =>
      Math.floor(fromVersion / 3) < Math.floor(toVersion / 3)
    const snapshots: SnapshotLoading<State> = {
      store,
      load: async (stream, atMost = Number.POSITIVE_INFINITY) => {
        const snapshot = kept.get(stream.id)
        return snapshot !== undefined && snapshot.version <= atMost ? snapshot : undefined
      },
      inTransaction: (growth) => inTransaction && due(growth),
      saved: (state, growth, unitOfWork) => {
        told.push(growth)
        transactions.push(unitOfWork !== undefined)
        if (due(growth)) kept.set(growth.stream.id, { state, version: growth.toVersion })
      },
    }
    return { store, snapshots, kept, told, transactions }
  }

  it.each([true, false])(
    "loads through them and hands over states (in the append's transaction: %s)",
    async (inside) => {
      const { store, snapshots, kept, told, transactions } = everyThree(inside)
      const accounts = createRepository(store, account, { snapshots })
      await accounts.execute("alice", "deposit", { cents: 1 })
      await accounts.execute("alice", "exchange", { cents: 1 })
      expect(kept.get("alice")).toEqual({ state: { cents: 1, count: 3 }, version: 3 })
      await accounts.execute("alice", "deposit", { cents: 1 })
      await accounts.execute("alice", "deposit", { cents: 1 })
      expect(told.map(({ fromVersion, toVersion, replayed }) => [fromVersion, toVersion, replayed])).toEqual([
        [0, 1, 0],
        [1, 3, 1],
        [3, 4, 0],
        [4, 5, 1],
      ])
      expect(transactions).toEqual([false, inside, false, false])
      expect((await accounts.load("alice")).state).toEqual({ cents: 3, count: 5 })
      expect((await accounts.load("alice", { atVersion: 2 })).state).toEqual({ cents: 0, count: 2 })
    },
  )

  it("are asked once where a cache keeps what they gave", async () => {
    const { store, snapshots, kept } = everyThree(false)
    const writer = createRepository(store, account, { snapshots })
    await writer.execute("alice", "deposit", { cents: 1 })
    await writer.execute("alice", "exchange", { cents: 1 })
    expect(kept.get("alice")?.version).toBe(3)
    let asked = 0
    const load: typeof snapshots.load = (...given) => {
      asked++
      return snapshots.load(...given)
    }
    const reader = createRepository(store, account, { cache: {}, snapshots: { ...snapshots, load } })
    for (let time = 0; time < 3; time++) expect((await reader.load("alice")).version).toBe(3)
    expect(asked).toBe(1)
  })

  it("are read through the unit of work inside of which the repository works", async () => {
    const places: boolean[] = []
    const store = createMemoryStore()
    const snapshots: SnapshotLoading<State> = {
      store,
      load: async (_stream, _atMost, _log, unitOfWork) => void places.push(unitOfWork !== undefined),
      saved: () => {},
    }
    const accounts = createRepository(store, account, { snapshots })
    await accounts.execute("alice", "deposit", { cents: 1 })
    await store.transaction((unitOfWork) => accounts.within(unitOfWork).load("alice"))
    expect(places).toEqual([false, true])
  })

  it("aren't told of what an append outside of the repository's sight may yet roll back", async () => {
    const { store, snapshots, told } = everyThree(false)
    await store.transaction(({ events }) =>
      createRepository(events, account, { snapshots }).execute("alice", "deposit", { cents: 1 }),
    )
    expect(told).toEqual([])
  })

  it("are refused where they were made for another store, and taken for another tenant's handle of the same", async () => {
    const { store, snapshots } = everyThree(false)
    expect(() => createRepository(createMemoryStore(), account, { snapshots })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", path: "snapshots" }),
    )
    createRepository(store.forTenant("acme"), account, { snapshots })
  })

  it("tells nothing of an append that failed", async () => {
    const { store } = createFaultyStore([{ when: "before", error: new Error("no") }])
    const { snapshots, told } = everyThree(false, store)
    const accounts = createRepository(store, account, { snapshots })
    await expect(accounts.execute("alice", "deposit", { cents: 1 })).rejects.toThrow("no")
    expect(told).toEqual([])
  })

  it("survives snapshots that fail after the commit", async () => {
    const error = vi.fn()
    const store = createMemoryStore({ logger: { debug() {}, info() {}, warn() {}, error } })
    const snapshots: SnapshotLoading<State> = {
      store,
      load: async () => undefined,
      saved: () => Promise.reject(new Error("disk full")),
    }
    const { version } = await createRepository(store, account, { snapshots }).execute("alice", "deposit", {
      cents: 1,
    })
    expect(version).toBe(1)
    expect(error).toHaveBeenCalledOnce()
  })
})

describe("an observer given to the store", () => {
  it("sees what the repository does, and can lay metadata into its events", async () => {
    const seen: (readonly [string, string | undefined])[] = []
    const observer: Observer = {
      around(operation: Operation, run) {
        seen.push([operation.name, operation.command])
        if (operation.name === "execute") operation.metadata.traceparent = "00-1"
        return run()
      },
      record() {},
    }
    const accounts = createRepository(createMemoryStore({ observer }), account)
    const { events } = await accounts.execute("alice", "deposit", { cents: 5 })
    expect(seen).toEqual([
      ["execute", "deposit"],
      ["load", undefined],
      ["read", undefined],
      ["append", undefined],
    ])
    expect(events[0]?.metadata.traceparent).toBe("00-1")
  })
})

describe("an observer given to a repository", () => {
  it("sees what it executes and loads, instead of that of the store", async () => {
    const recording = () => {
      const seen: string[] = []
      const around: Observer["around"] = (operation, run) => {
        seen.push(operation.name)
        if (operation.name === "execute") operation.metadata.traceparent = "00-1"
        return run()
      }
      return { seen, around, record() {} }
    }
    const [own, ofStore] = [recording(), recording()]
    const accounts = createRepository(createMemoryStore({ observer: ofStore }), account, { observer: own })
    const { events } = await accounts.execute("alice", "deposit", { cents: 5 })
    expect(own.seen).toEqual(["execute", "load"])
    expect(ofStore.seen).toEqual(["read", "append"])
    expect(events[0]?.metadata.traceparent).toBe("00-1")
  })
})

describe("what isn't an aggregate", () => {
  it("is refused", () => {
    for (const definition of [{}, class {}, undefined]) {
      const create = () => createRepository(createMemoryStore(), definition as unknown as typeof account)
      expect(create).toThrow(expect.objectContaining({ code: "INVALID_OPTION", path: "definition" }))
    }
  })
})

describe("a hook before the commit", () => {
  const counting = () => {
    const seen: string[][] = []
    const before = async (unitOfWork: UnitOfWork<unknown>, events: readonly RecordedEvent[]) => {
      seen.push(events.map(({ stream, type }) => `${stream.id} ${type}`))
      await unitOfWork.readModels.save("seen", "all", seen.length)
    }
    return { seen, before }
  }

  it("runs in the transaction of every append, with its events", async () => {
    const { seen, before } = counting()
    const store = createMemoryStore()
    const accounts = createRepository(store, account, { before })
    await accounts.execute("alice", "open", { owner: "Alice" })
    const alice = await accounts.load("alice")
    alice.execute("deposit", { cents: 5 })
    await accounts.save(alice)
    await accounts.discard("alice")
    await store.transaction((unitOfWork) =>
      accounts.within(unitOfWork).execute("bob", "open", { owner: "Bob" }),
    )
    expect(seen).toEqual([["alice opened"], ["alice deposited"], ["alice $discarded"], ["bob opened"]])
    expect(await store.readModels.get("seen", "all")).toMatchObject({ value: 4 })
  })

  it("has nothing appended when it fails", async () => {
    const store = createMemoryStore()
    const before = () => Promise.reject(new Error("no"))
    const accounts = createRepository(store, account, { before })
    await expect(accounts.execute("alice", "open", { owner: "Alice" })).rejects.toThrow("no")
    expect(await accounts.exists("alice")).toBe(false)
  })

  it("gets only what its own repository records when several are saved together", async () => {
    const one = counting()
    const other = counting()
    const store = createMemoryStore()
    const ones = createRepository(store, account, { before: one.before })
    const others = createRepository(store, account, { before: other.before })
    const without = createRepository(store, account)
    const roots = [ones.create("a"), others.create("b"), ones.create("c"), without.create("d")]
    for (const root of roots) root.execute("open", { owner: "" })
    await saveTogether(roots)
    expect(one.seen).toEqual([["a opened", "c opened"]])
    expect(other.seen).toEqual([["b opened"]])
  })
})
