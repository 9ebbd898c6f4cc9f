import {
  aggregateOf,
  applyEvent,
  createMemoryStore,
  createRepository,
  defineCategory,
  type EventIn,
  handles,
  idOf,
  newEventsOf,
  raise,
  refuse,
  versionOf,
} from "@annals/core"
import { describe, expect, it } from "vitest"
import { bankEvents, deposited, opened, withdrawn } from "./bank.ts"

const accounts = defineCategory("account", bankEvents)

class Account extends aggregateOf(accounts) {
  owner = ""
  #cents = 0

  static {
    handles(Account, "opened", (account, { data }) => {
      account.owner = data.owner
    })
    handles(Account, "deposited", (account, { data }) => {
      account.#cents += data.cents
    })
    handles(Account, "withdrawn", (account, { data }) => {
      account.#cents -= data.cents
    })
  }

  get cents() {
    return this.#cents
  }

  open({ owner }: { owner: string }) {
    raise(this, opened({ owner }))
  }

  deposit({ cents }: { cents: number }) {
    raise(this, deposited({ cents }))
  }

  withdraw({ cents }: { cents: number }) {
    if (cents > this.#cents) return refuse("insufficient-funds", { available: this.#cents })
    raise(this, withdrawn({ cents }))
    return undefined
  }

  async empty() {
    await Promise.resolve()
    if (this.#cents > 0) raise(this, withdrawn({ cents: this.#cents }))
  }
}

/** The classic way, and every plain name that a toolkit might want for itself. */
class ClassicAccount extends aggregateOf(accounts) {
  version = "gold"
  state = { cents: 0 }
  id = 7
  events = "none"

  static handles = "nothing"
  static trackingOf = 1

  override [applyEvent](event: EventIn<typeof accounts>) {
    switch (event.type) {
      case "deposited":
        return this.apply(event.data.cents)
      case "withdrawn":
        return this.apply(-event.data.cents)
      default:
        return super[applyEvent](event)
    }
  }

  apply(cents: number) {
    this.state.cents += cents
  }

  raise(cents: number) {
    raise(this, deposited({ cents }))
  }

  open(owner: string) {
    raise(this, opened({ owner }))
  }

  save() {}
}

describe("a class with handlers", () => {
  it("loads, raises, and saves", async () => {
    const repository = createRepository(createMemoryStore(), Account)
    const alice = repository.create("alice")
    alice.open({ owner: "Alice" })
    alice.deposit({ cents: 500 })
    expect([alice.cents, versionOf(alice), newEventsOf(alice).length]).toEqual([500, 0, 2])

    await repository.save(alice)
    expect([versionOf(alice), newEventsOf(alice).length]).toEqual([2, 0])

    const loaded = await repository.load("alice")
    expect(loaded).toBeInstanceOf(Account)
    expect([loaded.owner, loaded.cents, idOf(loaded)]).toEqual(["Alice", 500, "alice"])
  })

  it("executes its methods by name", async () => {
    const repository = createRepository(createMemoryStore(), Account)
    await repository.execute("alice", "deposit", { cents: 500 })
    const { state, version, events } = await repository.execute(
      "alice",
      "withdraw",
      { cents: 200 },
      { commandId: "1" },
    )
    expect([state.cents, version]).toEqual([300, 2])
    expect(events[0]?.data).toEqual({ cents: 200 })
    await expect(repository.execute("alice", "withdraw", { cents: 301 })).rejects.toMatchObject({
      reason: "insufficient-funds",
    })
  })

  it("waits for asynchronous methods", async () => {
    const repository = createRepository(createMemoryStore(), Account)
    await repository.execute("alice", "deposit", { cents: 500 })
    const { state } = await repository.execute("alice", "empty")
    expect(state.cents).toBe(0)
    expect(await repository.version("alice")).toBe(2)
  })

  it("has no command but its own methods", async () => {
    const repository = createRepository(createMemoryStore(), Account)
    for (const name of [
      "toString",
      "constructor",
      "hasOwnProperty",
      "__proto__",
      "cents",
      "owner",
      "nothing",
    ]) {
      const unsafe = repository.execute as (id: string, name: string) => Promise<unknown>
      await expect(unsafe("alice", name)).rejects.toMatchObject({ code: "UNKNOWN_COMMAND" })
    }
  })

  it("inherits handlers, and a subclass's own win", async () => {
    class Doubling extends Account {
      seen = 0
      static {
        handles(Doubling, "opened", (account) => {
          account.seen++
        })
      }
    }
    const account = new Doubling()
    account.open({ owner: "Alice" })
    account.deposit({ cents: 5 })
    expect([account.owner, account.seen, account.cents]).toEqual(["", 1, 5])
    const parent = new Account()
    parent.open({ owner: "Bob" })
    expect(parent.owner).toBe("Bob")
  })

  it("can't be cached, and says why", () => {
    const options = { cache: {} } as object
    expect(() => createRepository(createMemoryStore(), Account, options)).toThrow(/can't be cached/)
  })
})

describe("a classic class", () => {
  it("keeps all plain names for itself", async () => {
    const repository = createRepository(createMemoryStore(), ClassicAccount)
    const alice = repository.create("alice")
    alice.raise(500)
    await repository.save(alice)
    const loaded = await repository.load("alice")
    expect([loaded.version, loaded.state, loaded.id, loaded.events]).toEqual([
      "gold",
      { cents: 500 },
      7,
      "none",
    ])
    expect([versionOf(loaded), idOf(loaded)]).toEqual([1, "alice"])
    expect(Object.keys(loaded)).toEqual(["version", "state", "id", "events"])
  })

  it("leaves an event that it doesn't apply to the policy", () => {
    expect(() => new ClassicAccount().open("Alice")).toThrow(
      expect.objectContaining({ code: "UNHANDLED_EVENT" }),
    )
  })
})

describe("what no handler takes", () => {
  const warnings: string[] = []
  const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => void warnings.push(message) }

  it("is an error unless said otherwise", async () => {
    class Strict extends aggregateOf(accounts) {}
    const store = createMemoryStore()
    await store.append(accounts.stream("alice"), [opened({ owner: "Alice" })])
    await expect(createRepository(store, Strict).load("alice")).rejects.toMatchObject({
      code: "UNHANDLED_EVENT",
      stream: "account/alice",
    })
  })

  it("goes to the logger with warn, and nowhere with ignore", async () => {
    class Warning extends aggregateOf(accounts, { unhandled: "warn" }) {}
    class Ignoring extends aggregateOf(accounts, { unhandled: "ignore" }) {}
    const store = createMemoryStore({ logger })
    await store.append(accounts.stream("alice"), [opened({ owner: "Alice" })])
    expect(versionOf(await createRepository(store, Warning).load("alice"))).toBe(1)
    expect(warnings).toEqual(['"account" has no handler for "opened"'])
    expect(versionOf(await createRepository(store, Ignoring).load("alice"))).toBe(1)
    expect(warnings).toHaveLength(1)
  })

  it("is refused where the policy isn't one", () => {
    expect(() => aggregateOf(accounts, { unhandled: "shrug" as "warn" })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", path: "unhandled" }),
    )
  })
})
