import {
  createMemoryStore,
  createRepository,
  defineAggregate,
  defineDecider,
  defineProjection,
  discarded,
  type EventStore,
  foldProjection,
  type LoadedAggregate,
  type Repository,
  type RepositoryOptions,
  type SnapshotLoading,
  saveTogether,
} from "@annals/core"
import { createFakeClock } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { account, deposited, opened, withdrawn } from "./account.ts"

function setUp() {
  const clock = createFakeClock({ now: 1_000 })
  const store = createMemoryStore({ clock })
  return { clock, store, accounts: createRepository(store, account) }
}

const alice = account.category.stream("alice")

const declared = defineAggregate("account", {
  events: [deposited],
  initial: () => ({ cents: 0 }),
  on: {
    deposited: (state, { data }) => {
      state.cents += data.cents
    },
  },
  commands: { deposit: (self, { cents }: { cents: number }) => self.raise(deposited({ cents })) },
})

describe("loading", () => {
  it("rejects where there is nothing", async () => {
    const { accounts } = setUp()
    await expect(accounts.load("alice")).rejects.toMatchObject({
      code: "STREAM_NOT_FOUND",
      stream: "account/alice",
    })
  })

  it("begins a new one if that is wanted", async () => {
    const { accounts } = setUp()
    const { state, version, id } = await accounts.loadOrCreate("alice")
    expect({ state, version, id }).toEqual({ state: { cents: 0, count: 0 }, version: 0, id: "alice" })
  })

  it("refuses an id that no store can carry", async () => {
    const { accounts } = setUp()
    await expect(accounts.load("")).rejects.toMatchObject({ code: "INVALID_NAME", path: "id" })
    expect(() => accounts.create("a\0b")).toThrow(expect.objectContaining({ code: "INVALID_NAME" }))
  })

  it("folds a history of several pages", async () => {
    const { store, accounts } = setUp()
    await store.append(
      alice,
      Array.from({ length: 2_500 }, () => deposited({ cents: 2 })),
    )
    const { state, version } = await accounts.load("alice")
    expect([state, version]).toEqual([{ cents: 5_000, count: 2_500 }, 2_500])
  })

  it("says whether there is one, and at which version", async () => {
    const { accounts } = setUp()
    expect([await accounts.exists("alice"), await accounts.version("alice")]).toEqual([false, 0])
    await accounts.execute("alice", "deposit", { cents: 5 })
    expect([await accounts.exists("alice"), await accounts.version("alice")]).toEqual([true, 1])
  })

  it("sees its tenant only", async () => {
    const { store, accounts } = setUp()
    await createRepository(store.forTenant("acme"), account).execute("alice", "deposit", { cents: 5 })
    expect(await accounts.exists("alice")).toBe(false)
    const { state } = await createRepository(store.forTenant("acme"), account).load("alice")
    expect(state.cents).toBe(5)
  })
})

describe("time travel", () => {
  async function history() {
    const setup = setUp()
    const { clock, store } = setup
    await store.append(alice, [opened({ owner: "Alice" })])
    clock.set(2_000)
    await store.append(alice, [deposited({ cents: 100 }), deposited({ cents: 10 }, { occurredAt: 500 })])
    clock.set(3_000)
    await store.append(alice, [withdrawn({ cents: 5 })])
    return setup
  }

  it("shows an earlier version", async () => {
    const { accounts } = await history()
    const { state, version } = await accounts.load("alice", { atVersion: 2 })
    expect([state.cents, version]).toEqual([100, 2])
  })

  it("refuses a version that isn't there yet, and says which is", async () => {
    const { accounts } = await history()
    await expect(accounts.load("alice", { atVersion: 9 })).rejects.toMatchObject({
      code: "STREAM_NOT_FOUND",
      expected: 9,
      actual: 4,
    })
    await expect(accounts.load("alice", { atVersion: 0 })).rejects.toMatchObject({ code: "INVALID_OPTION" })
  })

  it("shows what had been recorded by a time", async () => {
    const { accounts } = await history()
    expect((await accounts.load("alice", { atTime: 2_999 })).state.cents).toBe(110)
    expect((await accounts.load("alice", { atTime: 3_000 })).state.cents).toBe(105)
    expect((await accounts.load("alice", { atTime: 1_000 })).version).toBe(1)
    await expect(accounts.load("alice", { atTime: 999 })).rejects.toMatchObject({ code: "STREAM_NOT_FOUND" })
  })

  it("goes by versions where the clock went back", async () => {
    const { clock, store, accounts } = await history()
    clock.set(1_500)
    await store.append(alice, [deposited({ cents: 1 })])
    expect((await accounts.load("alice", { atTime: 1_600 })).version).toBe(5)
  })

  it("shows on request what had happened by a time, as far as is known today", async () => {
    const { accounts } = await history()
    expect((await accounts.load("alice", { atTime: 600, by: "occurredAt" })).state).toEqual({
      cents: 10,
      count: 1,
    })
    expect((await accounts.load("alice", { atTime: 2_000, by: "occurredAt" })).state.cents).toBe(110)
    await expect(accounts.load("alice", { atTime: 1, by: "occurredAt" })).rejects.toMatchObject({
      code: "STREAM_NOT_FOUND",
    })
  })

  it("can't be rewritten: saving what was loaded at an earlier version or time conflicts", async () => {
    const { accounts } = await history()
    const past = [{ atVersion: 2 }, { atTime: 2_500 }, { atTime: 600, by: "occurredAt" as const }]
    for (const options of past) {
      const loaded = await accounts.load("alice", options)
      loaded.execute("deposit", { cents: 1 })
      await expect(accounts.save(loaded)).rejects.toMatchObject({ code: "VERSION_CONFLICT", actual: 4 })
    }
  })

  it("refuses options that contradict each other", async () => {
    const { accounts } = await history()
    for (const options of [
      { atVersion: 1, atTime: 1 },
      { atTime: Number.NaN },
      { atTime: 1, by: "guess" as "recordedAt" },
      { atVersion: 1.5 },
    ]) {
      await expect(accounts.load("alice", options)).rejects.toMatchObject({ code: "INVALID_OPTION" })
    }
  })
})

describe("saving", () => {
  it("records what was executed since loading, once", async () => {
    const { accounts } = setUp()
    await accounts.execute("alice", "open", { owner: "Alice" })
    const loaded = await accounts.load("alice")
    loaded.execute("deposit", { cents: 500 })
    loaded.execute("withdraw", { cents: 200 })
    const saved = await accounts.save(loaded)
    expect([saved.version, saved.events.length, loaded.version, loaded.state.cents]).toEqual([3, 2, 3, 300])
    expect(await accounts.save(loaded)).toEqual({ version: 3, events: [], position: undefined })
    loaded.execute("withdraw", { cents: 300 })
    expect((await accounts.save(loaded)).version).toBe(4)
  })

  it("refuses a command in memory as the repository would", async () => {
    const { accounts } = setUp()
    expect(() => accounts.create("alice").execute("withdraw", { cents: 1 })).toThrow(
      expect.objectContaining({
        code: "COMMAND_REFUSED",
        reason: "insufficient-funds",
        stream: "account/alice",
      }),
    )
  })

  it("conflicts when somebody was faster", async () => {
    const { accounts } = setUp()
    await accounts.execute("alice", "open", { owner: "Alice" })
    const [one, two] = await Promise.all([accounts.load("alice"), accounts.load("alice")])
    one.execute("deposit", { cents: 1 })
    two.execute("deposit", { cents: 2 })
    await accounts.save(one)
    await expect(accounts.save(two)).rejects.toMatchObject({
      code: "VERSION_CONFLICT",
      expected: 1,
      actual: 2,
    })
  })

  it("settles once when it is done twice at the same time", async () => {
    const { accounts } = setUp()
    const one = accounts.create("alice")
    one.execute("deposit", { cents: 5 })
    const saves = await Promise.all([accounts.save(one), accounts.save(one)])
    expect(saves.map(({ version }) => version)).toEqual([1, 1])
    expect([one.state.cents, one.version]).toEqual([5, 1])
    one.execute("deposit", { cents: 7 })
    await accounts.save(one)
    expect((await accounts.load("alice")).state).toEqual({ cents: 12, count: 2 })
  })

  it("leaves to the next save what a decider raised while it was under way", async () => {
    await raiseWhileSaving((store, options) => createRepository(store, account, options))
  })

  it("leaves to the next save what a declared aggregate raised while it was under way", async () => {
    await raiseWhileSaving((store, options) => createRepository(store, declared, options))
  })

  it("says plainly that what was to be created is there already", async () => {
    const { accounts } = setUp()
    const [one, two] = [accounts.create("alice"), accounts.create("alice")]
    one.execute("open", { owner: "Alice" })
    two.execute("open", { owner: "Alice" })
    await accounts.save(one)
    await expect(accounts.save(two)).rejects.toMatchObject({
      code: "STREAM_ALREADY_EXISTS",
      stream: "account/alice",
      actual: 1,
    })
  })

  it("takes metadata for all events", async () => {
    const { accounts } = setUp()
    const one = accounts.create("alice")
    one.execute("open", { owner: "Alice" })
    const { events } = await accounts.save(one, { metadata: { actor: "clerk" } })
    expect(events[0]?.metadata).toEqual({ actor: "clerk" })
  })

  it("refuses what isn't an aggregate of a repository", async () => {
    const { accounts } = setUp()
    const impostor = { id: "alice", state: { cents: 0 }, version: 0 } as never
    await expect(accounts.save(impostor)).rejects.toMatchObject({ code: "INVALID_OPTION" })
  })
})

describe("saving several aggregates together", () => {
  it("records all of them in one append", async () => {
    const { store, accounts } = setUp()
    await accounts.execute("alice", "deposit", { cents: 500 })
    const [from, to] = [await accounts.load("alice"), accounts.create("bob")]
    from.execute("withdraw", { cents: 500 })
    to.execute("deposit", { cents: 500 })
    const saved = await saveTogether([from, to])
    expect(saved.map(({ version }) => version)).toEqual([2, 1])
    expect([from.version, to.version]).toEqual([2, 1])
    const [, second, third] = await store.readAll().toArray()
    expect(second?.recordedAt).toBe(third?.recordedAt)
    expect((await accounts.load("bob")).state.cents).toBe(500)
  })

  it("records none of them when one conflicts", async () => {
    const { accounts } = setUp()
    await accounts.execute("alice", "deposit", { cents: 500 })
    const [from, to] = [await accounts.load("alice"), accounts.create("bob")]
    from.execute("withdraw", { cents: 500 })
    to.execute("deposit", { cents: 500 })
    await accounts.execute("alice", "withdraw", { cents: 1 })
    await expect(saveTogether([from, to])).rejects.toMatchObject({ code: "VERSION_CONFLICT" })
    expect(await accounts.exists("bob")).toBe(false)
    expect([from.version, to.version]).toEqual([1, 0])
  })

  it("passes over those that raised nothing", async () => {
    const { accounts } = setUp()
    const [one, two] = [accounts.create("alice"), accounts.create("bob")]
    two.execute("deposit", { cents: 5 })
    expect(await saveTogether([one, two])).toMatchObject([{ version: 0, events: [] }, { version: 1 }])
    expect(await saveTogether([])).toEqual([])
  })

  it("refuses aggregates of different stores", async () => {
    const [one, two] = [setUp().accounts.create("alice"), setUp().accounts.create("bob")]
    one.execute("deposit", { cents: 5 })
    two.execute("deposit", { cents: 5 })
    await expect(saveTogether([one, two])).rejects.toMatchObject({
      code: "INVALID_OPTION",
      path: "aggregates",
    })
  })
})

describe("discarding", () => {
  it("ends an aggregate, whose earlier versions still load", async () => {
    const { accounts } = setUp()
    await accounts.execute("alice", "deposit", { cents: 500 })
    const { version } = await accounts.discard("alice", { reason: "closed" })
    expect(version).toBe(2)
    expect(await accounts.exists("alice")).toBe(false)
    expect(await accounts.version("alice")).toBe(2)
    await expect(accounts.load("alice")).rejects.toMatchObject({
      code: "STREAM_DISCARDED",
      stream: "account/alice",
    })
    await expect(accounts.load("alice", { atVersion: 2 })).rejects.toMatchObject({ code: "STREAM_DISCARDED" })
    expect((await accounts.load("alice", { atVersion: 1 })).state.cents).toBe(500)
  })

  it("is final", async () => {
    const { store, accounts } = setUp()
    await accounts.execute("alice", "deposit", { cents: 500 })
    await accounts.discard("alice")
    const again = accounts.create("alice")
    again.execute("open", { owner: "Alice" })
    for (const attempt of [
      accounts.execute("alice", "deposit", { cents: 1 }),
      accounts.loadOrCreate("alice"),
      accounts.discard("alice"),
      accounts.save(again),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: "STREAM_DISCARDED" })
    }
    expect(await store.streamVersion(alice)).toBe(2)
  })

  it("is seen by projections, and by an aggregate that has a handler for it", async () => {
    const store = createMemoryStore()
    const events = [deposited, discarded] as const
    const mortal = defineDecider("account", {
      events,
      initial: () => 0,
      evolve: { deposited: (cents, { data }) => cents + data.cents, $discarded: () => 0 },
      decide: { deposit: (_cents, cents: number) => deposited({ cents }) },
    })
    const accounts = createRepository(store, mortal)
    await accounts.execute("alice", "deposit", 5)
    await accounts.discard("alice", { reason: "moved away" })
    await expect(accounts.load("alice")).rejects.toMatchObject({ code: "STREAM_DISCARDED" })
    const reasons = defineProjection("reasons", {
      events,
      initial: () => [] as string[],
      on: { $discarded: (all, { data }) => [...all, data.reason ?? ""] },
    })
    expect(
      await foldProjection(reasons, store.readAll({ types: reasons.types, events: reasons.events })),
    ).toEqual(["moved away"])
  })

  it("isn't the end where somebody appended behind it, of which all methods agree", async () => {
    const { store, accounts } = setUp()
    await accounts.execute("alice", "deposit", { cents: 500 })
    await accounts.discard("alice")
    await store.append(alice, [deposited({ cents: 1 })])
    expect(await accounts.exists("alice")).toBe(true)
    expect((await accounts.load("alice")).state.cents).toBe(501)
    expect((await accounts.execute("alice", "deposit", { cents: 1 })).version).toBe(4)
  })

  it("needs something to end", async () => {
    const { accounts } = setUp()
    await expect(accounts.discard("alice")).rejects.toMatchObject({ code: "STREAM_NOT_FOUND" })
  })
})

interface Balance {
  readonly cents: number
}

async function raiseWhileSaving<State extends Balance>(
  create: (
    store: EventStore,
    options: RepositoryOptions<State>,
  ) => Pick<
    Repository<LoadedAggregate<State, { deposit: Balance }>, State, { deposit: Balance }>,
    "create" | "save" | "load"
  >,
) {
  const told: number[] = []
  const store = createMemoryStore()
  const snapshots: SnapshotLoading<State> = {
    store,
    load: async () => undefined,
    saved: ({ cents }) => void told.push(cents),
  }
  const accounts = create(store, { cache: {}, snapshots })
  const one = accounts.create("alice")
  one.execute("deposit", { cents: 5 })
  const saving = accounts.save(one)
  one.execute("deposit", { cents: 100 })
  expect((await saving).version).toBe(1)
  expect([one.state.cents, one.version]).toEqual([105, 1])
  expect((await accounts.load("alice")).state.cents).toBe(5)
  await accounts.save(one)
  expect([one.state.cents, one.version]).toEqual([105, 2])
  expect((await accounts.load("alice")).state.cents).toBe(105)
  expect(told).toEqual([105])
}
