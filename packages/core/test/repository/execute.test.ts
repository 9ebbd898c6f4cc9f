import {
  AnnalsError,
  causedBy,
  createMemoryStore,
  createMemoryStoreDriver,
  createRepository,
  createStore,
  isRefused,
  systemClock,
  withContext,
} from "@annals/core"
import { createFakeClock } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { account, createFaultyStore, deposited, opened } from "./account.ts"

const lost = () => new AnnalsError("STORE_UNAVAILABLE", "connection lost", { retryable: true })

describe("execute", () => {
  it("returns what it led to", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    await accounts.execute("alice", "open", { owner: "Alice" })
    const result = await accounts.execute("alice", "exchange", { cents: 5 })
    expect(result).toMatchObject({ state: { cents: 0, count: 3 }, version: 3, repeated: false, position: 3 })
    expect(result.events.map(({ type, version, position }) => [type, version, position])).toEqual([
      ["withdrawn", 2, 2],
      ["deposited", 3, 3],
    ])
  })

  it("records nothing for a command that leads to nothing", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    const result = await accounts.execute("alice", "empty")
    expect(result).toEqual({
      state: { cents: 0, count: 0 },
      version: 0,
      events: [],
      position: undefined,
      repeated: false,
    })
  })

  it("passes on a refusal with its reason and details", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    const error: unknown = await accounts.execute("alice", "withdraw", { cents: 5 }).catch((caught) => caught)
    expect(isRefused(error)).toBe(true)
    expect(isRefused(error, "closed")).toBe(false)
    expect(isRefused(error, "insufficient-funds") && error.details).toEqual({ available: 0 })
    expect(error).toMatchObject({ stream: "account/alice", retryable: false })
  })

  it("knows its commands only by their own names", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    const unsafe = accounts.execute as (id: string, name: string) => Promise<unknown>
    for (const name of ["depsit", "toString", "__proto__", "constructor"]) {
      await expect(unsafe("alice", name)).rejects.toMatchObject({ code: "UNKNOWN_COMMAND" })
    }
  })

  it("tells a command who, when and which version it is about", async () => {
    const store = createMemoryStore({ clock: createFakeClock({ now: 42 }) })
    const accounts = createRepository(store, account)
    await accounts.execute("alice", "open", { owner: "Alice" })
    const { events } = await accounts.execute("alice", "top", undefined, { commandId: "c1" })
    expect(events[0]?.metadata).toMatchObject({ now: 42, version: 1, id: "alice", commandId: "c1" })
  })

  it("decides again after a conflict, until all have had their turn", async () => {
    const accounts = createRepository(createMemoryStore(), account, { maxAttempts: 50 })
    await Promise.all(Array.from({ length: 20 }, () => accounts.execute("alice", "deposit", { cents: 5 })))
    const { state, version } = await accounts.load("alice")
    expect([state.cents, version]).toEqual([100, 20])
  })

  it("serves many more commands for one aggregate at once than it makes attempts", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    const worker = async () => {
      for (let round = 0; round < 5; round++) await accounts.execute("alice", "deposit", { cents: 1 })
    }
    await Promise.all(Array.from({ length: 40 }, worker))
    expect((await accounts.load("alice")).state).toEqual({ cents: 200, count: 200 })
  })

  it("passes on a conflict after so many attempts", async () => {
    const driver = createMemoryStoreDriver(systemClock)
    let tries = 0
    const append: typeof driver.append = async ({ streams }) => {
      tries++
      const [{ stream, expected }] = streams as [(typeof streams)[number]]
      return { status: "version-conflict", stream, expected, actual: 7 }
    }
    const accounts = createRepository(createStore({ ...driver, append }), account, { maxAttempts: 3 })
    await expect(accounts.execute("alice", "deposit", { cents: 5 })).rejects.toMatchObject({
      code: "VERSION_CONFLICT",
      actual: 7,
    })
    expect(tries).toBe(3)
  })

  it("stops when it is told to", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    const signal = AbortSignal.abort(new Error("enough"))
    await expect(accounts.execute("alice", "deposit", { cents: 5 }, { signal })).rejects.toThrow("enough")
    expect(await accounts.version("alice")).toBe(0)
  })

  it("refuses what the event's type refuses, and records nothing", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    await expect(accounts.execute("alice", "deposit", { cents: Number.NaN })).rejects.toMatchObject({
      code: "INVALID_VALUE",
      path: "data.cents",
    })
    expect(await accounts.version("alice")).toBe(0)
  })
})

describe("a repeated command", () => {
  it("acts once, and returns the first result", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    await accounts.execute("alice", "deposit", { cents: 500 })
    const first = await accounts.execute("alice", "exchange", { cents: 5 }, { commandId: "c1" })
    await accounts.execute("alice", "deposit", { cents: 70 })
    const second = await accounts.execute("alice", "exchange", { cents: 5 }, { commandId: "c1" })
    expect(second).toEqual({ ...first, repeated: true })
    expect(await accounts.version("alice")).toBe(4)
  })

  it("isn't refused because its first run changed the state", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    await accounts.execute("alice", "deposit", { cents: 500 })
    await accounts.execute("alice", "withdraw", { cents: 500 }, { commandId: "c1" })
    const { state, repeated } = await accounts.execute(
      "alice",
      "withdraw",
      { cents: 500 },
      { commandId: "c1" },
    )
    expect([state.cents, repeated]).toEqual([0, true])
  })

  it.each([null, "", 7, "a\nb", "x".repeat(1001)])("isn't named by %j", async (commandId) => {
    const accounts = createRepository(createMemoryStore(), account)
    // Also where the context gives correlation and cause, so that the id isn't needed for them.
    const run = withContext({ correlationId: "c", causationId: "d" }, () =>
      accounts.execute("alice", "deposit", { cents: 5 }, { commandId: commandId as string }),
    )
    await expect(run).rejects.toMatchObject({ code: "INVALID_NAME", path: "commandId" })
    expect(await accounts.exists("alice")).toBe(false)
  })

  it("is another command for another aggregate, category or tenant", async () => {
    const store = createMemoryStore()
    const accounts = createRepository(store, account)
    const acme = createRepository(store.forTenant("acme"), account)
    for (const run of [
      accounts.execute("alice", "deposit", { cents: 5 }, { commandId: "c1" }),
      accounts.execute("bob", "deposit", { cents: 5 }, { commandId: "c1" }),
      acme.execute("alice", "deposit", { cents: 5 }, { commandId: "c1" }),
    ]) {
      expect((await run).repeated).toBe(false)
    }
  })

  it("acts once also when it is sent many times at once", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    await accounts.execute("alice", "deposit", { cents: 500 })
    const runs = Array.from({ length: 10 }, () =>
      accounts.execute("alice", "exchange", { cents: 500 }, { commandId: "c1" }),
    )
    const others = Array.from({ length: 5 }, () => accounts.execute("alice", "deposit", { cents: 1 }))
    const results = await Promise.all(runs)
    await Promise.all(others)
    expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1)
    expect(new Set(results.map(({ version }) => version)).size).toBe(1)
    expect(await accounts.version("alice")).toBe(8)
  })

  it("acts once also when its first run decided on something else", async () => {
    // One request reaches two servers. The second loads before the first records, and then sees another state.
    const store = createMemoryStore()
    const accounts = createRepository(store, account)
    await accounts.execute("alice", "deposit", { cents: 500 })
    let first: Promise<unknown> | undefined
    const late: typeof store = {
      ...store,
      appendToStreams: async (...given) => {
        first ??= accounts.execute("alice", "empty", undefined, { commandId: "c1" })
        await first
        return store.appendToStreams(...given)
      },
    }
    const result = await createRepository(late, account).execute(
      "alice",
      "exchange",
      { cents: 5 },
      { commandId: "c1" },
    )
    expect(result).toMatchObject({ repeated: true, version: 2, state: { cents: 0 } })
    expect(await accounts.version("alice")).toBe(2)
  })

  it("returns the state of its first run also when that was faster by a moment, and something else too", async () => {
    const store = createMemoryStore()
    const accounts = createRepository(store, account)
    const late: typeof store = {
      ...store,
      appendToStreams: async (...given) => {
        await accounts.execute("alice", "deposit", { cents: 7 })
        await accounts.execute("alice", "deposit", { cents: 500 }, { commandId: "c1" })
        return store.appendToStreams(...given)
      },
    }
    const again = createRepository(late, account, { cache: {} })
    const result = await again.execute("alice", "deposit", { cents: 500 }, { commandId: "c1" })
    expect(result).toMatchObject({ repeated: true, version: 2, state: { cents: 507 } })
    expect((await again.load("alice")).state.cents).toBe(507)
  })

  it("still finds its first result when the aggregate was discarded since", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    await accounts.execute("alice", "deposit", { cents: 500 }, { commandId: "c1" })
    await accounts.discard("alice")
    const { state, repeated } = await accounts.execute(
      "alice",
      "deposit",
      { cents: 500 },
      { commandId: "c1" },
    )
    expect([state.cents, repeated]).toEqual([500, true])
  })
})

describe("an append whose outcome is unknown", () => {
  const immediate = { now: () => 0, sleep: async () => {} }

  it("is tried again with the same ids when it was recorded, without deciding again", async () => {
    const { store, appended } = createFaultyStore([{ when: "after", error: lost() }], { clock: immediate })
    const accounts = createRepository(store, account)
    const { version, repeated, state, events } = await accounts.execute("alice", "deposit", { cents: 500 })
    expect([version, repeated, state.cents, events.length]).toEqual([1, false, 500, 1])
    expect(appended).toHaveLength(2)
    expect(await accounts.version("alice")).toBe(1)
  })

  it("is tried again when it wasn't", async () => {
    const { store } = createFaultyStore([{ when: "before", error: lost() }], { clock: immediate })
    const accounts = createRepository(store, account)
    const { version } = await accounts.execute("alice", "deposit", { cents: 500 }, { commandId: "c1" })
    expect(version).toBe(1)
  })

  it("is passed on after three tries, and the caller may repeat the command", async () => {
    const faults = Array.from({ length: 3 }, () => ({ when: "after" as const, error: lost() }))
    const { store, appended } = createFaultyStore(faults, { clock: immediate })
    const accounts = createRepository(store, account)
    const command = () => accounts.execute("alice", "deposit", { cents: 500 }, { commandId: "c1" })
    await expect(command()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" })
    expect(appended).toHaveLength(3)
    expect((await command()).repeated).toBe(true)
    expect(await accounts.version("alice")).toBe(1)
  })

  it("isn't recorded twice when the aggregate is saved again", async () => {
    const faults = Array.from({ length: 3 }, () => ({ when: "after" as const, error: lost() }))
    const { store } = createFaultyStore(faults, { clock: immediate })
    const accounts = createRepository(store, account)
    const alice = accounts.create("alice")
    alice.execute("deposit", { cents: 500 })
    await expect(accounts.save(alice)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" })
    expect((await accounts.save(alice)).version).toBe(1)
    expect(await accounts.version("alice")).toBe(1)
  })

  it("is passed on at once inside a unit of work, which is to be run again as a whole", async () => {
    await using store = createMemoryStore()
    const error = lost()
    let tries = 0
    const work = store.transaction((unitOfWork) => {
      const appendToStreams = () => {
        tries++
        return Promise.reject(error)
      }
      const events = { ...unitOfWork.events, appendToStreams }
      return createRepository(events, account).execute("alice", "open", { owner: "Alice" })
    })
    await expect(work).rejects.toBe(error)
    expect(tries).toBe(1)
  })

  it("isn't tried again when it can't succeed", async () => {
    const error = new AnnalsError("STORE_FULL", "disk full")
    const { store, appended } = createFaultyStore([{ when: "before", error }], { clock: immediate })
    const accounts = createRepository(store, account)
    await expect(accounts.execute("alice", "deposit", { cents: 5 })).rejects.toBe(error)
    expect(appended).toHaveLength(1)
  })
})

describe("correlation and causation", () => {
  it("are the command's id", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    const { events } = await accounts.execute("alice", "exchange", { cents: 5 }, { commandId: "c1" })
    for (const { metadata } of events) expect(metadata).toEqual({ correlationId: "c1", causationId: "c1" })
  })

  it("are one fresh id for all events of a command without one", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    const { events } = await accounts.execute("alice", "exchange", { cents: 5 })
    const [first, second] = events.map(({ metadata }) => metadata)
    expect(first).toEqual(second)
    expect(first?.correlationId).toBe(first?.causationId)
    expect(first?.correlationId).toMatch(/^[0-9a-f-]{36}$/)
  })

  it("come from the event that caused the command, so that effects can be followed", async () => {
    const store = createMemoryStore()
    const accounts = createRepository(store, account)
    const { events } = await accounts.execute("alice", "deposit", { cents: 5 }, { commandId: "c1" })
    const cause = events[0] as NonNullable<(typeof events)[0]>
    const effect = await causedBy(cause, () =>
      accounts.execute("bob", "deposit", { cents: 5 }, { commandId: "c2" }),
    )
    expect(effect.events[0]?.metadata).toEqual({ correlationId: "c1", causationId: cause.id })
    expect(await store.effectsOf(cause.id)).toHaveLength(1)
  })

  it("and all metadata can be given, on top of the context's", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    const { events } = await withContext({ actor: "clerk", correlationId: "request" }, () =>
      accounts.execute(
        "alice",
        "deposit",
        { cents: 5 },
        { metadata: { actor: "boss", causationId: "click" } },
      ),
    )
    expect(events[0]?.metadata).toEqual({ actor: "boss", correlationId: "request", causationId: "click" })
  })
})

describe("replaying", () => {
  it("stops at a gap, and says what was expected", async () => {
    const driver = createMemoryStoreDriver(systemClock)
    const readStream: typeof driver.readStream = async (stream, range) => {
      const page = await driver.readStream(stream, range)
      return { ...page, events: page.events.filter(({ version }) => version !== 2) }
    }
    const store = createStore({ ...driver, readStream })
    await store.append(
      account.category.stream("alice"),
      [1, 2, 3].map((cents) => deposited({ cents })),
    )
    await expect(createRepository(store, account).load("alice")).rejects.toMatchObject({
      code: "REPLAY_BROKEN",
      stream: "account/alice",
      expected: 2,
      actual: 3,
    })
  })

  it("takes no event of another stream or tenant", async () => {
    const driver = createMemoryStoreDriver(systemClock)
    for (const foreign of [{ id: "bob" }, { tenant: "acme" }]) {
      const readStream: typeof driver.readStream = (stream, range) =>
        driver.readStream({ ...stream, ...foreign }, range)
      const store = createStore({ ...driver, readStream })
      const owner = foreign.tenant === undefined ? store : store.forTenant(foreign.tenant)
      await owner.append(account.category.stream(foreign.id ?? "alice"), [opened({ owner: "?" })])
      await expect(createRepository(store, account).load("alice")).rejects.toMatchObject({
        code: "REPLAY_BROKEN",
      })
    }
  })
})
