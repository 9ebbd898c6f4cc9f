import { createMemoryStore, type EventStore } from "@annals/core"
import { describe, expect, it } from "vitest"

const id = "018f0000-0000-7000-8000-000000000001"
const stream = { tenant: "", category: "note", id: "a" }
const letter = { stream, version: 1, position: 1, eventId: id, type: "noted", slot: 5 }
const failure = { message: "no", code: "Error", attempts: 1, failedAt: 0 }
const key = { kind: "stream", name: "note", id: "a" } as const
const snapshot = { revision: 1, schemaVersion: 1, state: { encoding: "json", body: "{}" }, takenAt: 0 }
const fence = { group: "g", resource: "r", owner: "o", number: 1 }
const message = { id, topic: "mail", body: { to: "x" } }

/** What no port accepts: the call, the error's code, and the path that it names. */
const refused: Record<string, readonly [call: (store: EventStore) => unknown, code: string, path: string][]> =
  {
    checkpoints: [
      [(s) => s.checkpoints.load(""), "INVALID_NAME", "subscription"],
      [(s) => s.checkpoints.advance("s", { from: 1, to: 0 }), "INVALID_OPTION", "to"],
      [(s) => s.checkpoints.advance("s", { from: -1, to: 0 }), "INVALID_OPTION", "from"],
      [(s) => s.checkpoints.advance("s", { from: 0, to: 1.5 }), "INVALID_OPTION", "to"],
      [(s) => s.checkpoints.advance("s", { from: 0, to: 1, slots: [] }), "INVALID_OPTION", "slots"],
      [
        (s) => s.checkpoints.advance("s", { from: 0, to: 1, slots: [{ first: 0, last: 1024 }] }),
        "INVALID_OPTION",
        "slots[0].last",
      ],
      [
        (s) => s.checkpoints.advance("s", { from: 0, to: 1, slots: [{ first: 2, last: 1 }] }),
        "INVALID_OPTION",
        "slots[0]",
      ],
      [
        (s) => s.checkpoints.advance("s", { from: 0, to: 1, fences: [{ ...fence, owner: "" }] }),
        "INVALID_NAME",
        "fences[0].owner",
      ],
      [(s) => s.checkpoints.reset("s", -1), "INVALID_OPTION", "position"],
      [(s) => s.checkpoints.remove("a\0b"), "INVALID_NAME", "subscription"],
    ],
    deadLetters: [
      [(s) => s.deadLetters.park("", [letter]), "INVALID_NAME", "source"],
      [(s) => s.deadLetters.park("s", letter as never), "INVALID_OPTION", "entries"],
      [(s) => s.deadLetters.park("s", [{ ...letter, eventId: "x" }]), "INVALID_VALUE", "entries[0].eventId"],
      [(s) => s.deadLetters.park("s", [{ ...letter, slot: 1024 }]), "INVALID_OPTION", "entries[0].slot"],
      [
        (s) => s.deadLetters.park("s", [letter, { ...letter, failure: { ...failure, attempts: 0 } }]),
        "INVALID_OPTION",
        "entries[1].failure.attempts",
      ],
      [(s) => s.deadLetters.list({ limit: 0 }), "INVALID_OPTION", "limit"],
      [(s) => s.deadLetters.list({ slots: [] }), "INVALID_OPTION", "slots"],
      [(s) => s.deadLetters.list({ status: "lost" as never }), "INVALID_OPTION", "status"],
      [(s) => s.deadLetters.requeue("s", { category: "", id: "a" }), "INVALID_NAME", "stream.category"],
      [(s) => s.deadLetters.replayFailed("s", "x", failure), "INVALID_VALUE", "eventId"],
      [(s) => s.deadLetters.remove("s", ["x"]), "INVALID_VALUE", "eventIds[0]"],
    ],
    snapshots: [
      [(s) => s.snapshots.load({ ...key, kind: "other" as never }), "INVALID_OPTION", "key.kind"],
      [(s) => s.snapshots.load({ ...key, kind: "fold" }), "INVALID_OPTION", "key.id"],
      [(s) => s.snapshots.load({ ...key, id: "" }), "INVALID_NAME", "key.id"],
      [(s) => s.snapshots.load(key, -1), "INVALID_OPTION", "atMost"],
      [(s) => s.snapshots.save(key, { ...snapshot, revision: 0.5 }), "INVALID_OPTION", "snapshot.revision"],
      [
        (s) => s.snapshots.save(key, { ...snapshot, state: { encoding: "json", body: 1 as never } }),
        "INVALID_OPTION",
        "snapshot.state.body",
      ],
      [(s) => s.snapshots.prune(key, -1), "INVALID_OPTION", "keepLast"],
    ],
    outbox: [
      [(s) => s.outbox.add([{ ...message, id: "1" }]), "INVALID_VALUE", "messages[0].id"],
      [(s) => s.outbox.add([{ ...message, topic: "" }]), "INVALID_NAME", "messages[0].topic"],
      [
        (s) => s.outbox.add([message, { ...message, body: { at: new Date(0) } as never }]),
        "INVALID_VALUE",
        "messages[1].body.at",
      ],
      [
        (s) => s.outbox.add([{ ...message, headers: { a: 1 as never } }]),
        "INVALID_OPTION",
        "messages[0].headers.a",
      ],
      [(s) => s.outbox.read({ after: -1 }), "INVALID_OPTION", "after"],
      [(s) => s.outbox.remove("x" as never), "INVALID_OPTION", "ids"],
    ],
    inbox: [
      [(s) => s.inbox.takeVersion("", "s", stream, 1), "INVALID_NAME", "consumer"],
      [(s) => s.inbox.takeVersion("c", "s", stream, 0), "INVALID_OPTION", "version"],
      [(s) => s.inbox.lastVersion("c", "s", { ...stream, id: "\ud800" }), "INVALID_NAME", "stream.id"],
      [(s) => s.inbox.takeEvent("c", "x", 1), "INVALID_VALUE", "eventId"],
      [(s) => s.inbox.takeEvent("c", id, Number.NaN), "INVALID_OPTION", "expiresAt"],
      [(s) => s.inbox.purge("now" as never), "INVALID_OPTION", "now"],
    ],
    leases: [
      [(s) => s.leases.heartbeat("g", "o", 0), "INVALID_OPTION", "ttlMs"],
      [(s) => s.leases.acquire("g", "", ["r"]), "INVALID_NAME", "owner"],
      [(s) => s.leases.acquire("g", "o", ["r", ""]), "INVALID_NAME", "resources[1]"],
      [(s) => s.leases.release("g", "o", "r" as never), "INVALID_OPTION", "resources"],
      [(s) => s.leases.leave("", "o"), "INVALID_NAME", "group"],
      [(s) => s.leases.inspect(7 as never), "INVALID_NAME", "group"],
      [(s) => s.leases.holds([{ ...fence, number: 0 }]), "INVALID_OPTION", "fences[0].number"],
    ],
    readModels: [
      [(s) => s.readModels.get("m", ""), "INVALID_NAME", "id"],
      [(s) => s.readModels.save("m", "1", { a: [undefined] as never }), "INVALID_VALUE", "value.a[0]"],
      [(s) => s.readModels.save("m", "1", 1, { expectedVersion: -1 }), "INVALID_OPTION", "expectedVersion"],
      [(s) => s.readModels.find("m", { limit: 0 }), "INVALID_OPTION", "limit"],
      [(s) => s.readModels.find("m", { after: "x" }), "INVALID_OPTION", "after"],
      [(s) => s.readModels.find("m", { where: { and: [] } }), "INVALID_OPTION", "where.and"],
      [
        (s) => s.readModels.find("m", { where: { or: [{ not: { field: "a..b", is: "is-missing" } }] } }),
        "INVALID_OPTION",
        "where.or[0].not.field",
      ],
      [
        (s) => s.readModels.find("m", { where: { field: "a", is: "<", value: Number.NaN } }),
        "INVALID_OPTION",
        "where.value",
      ],
      [
        (s) => s.readModels.find("m", { where: { field: "a", is: "like" as never, value: "b" } }),
        "INVALID_OPTION",
        "where.is",
      ],
      [
        (s) => s.readModels.find("m", { orderBy: [{ field: "a", direction: "up" as never }] }),
        "INVALID_OPTION",
        "orderBy[0].direction",
      ],
      [(s) => s.readModels.replace("m", "m"), "INVALID_OPTION", "to"],
    ],
  }

for (const [port, calls] of Object.entries(refused)) {
  describe(`the front of ${port}`, () => {
    for (const [call, code, path] of calls) {
      it(`refuses ${call.toString().replace(/^\(s\)\s*=>\s*s\.\w+\./, "")}`, async () => {
        await using store = createMemoryStore()
        await expect((async () => call(store))()).rejects.toMatchObject({ code, path })
        expect(await everythingIn(store)).toEqual({ subscriptions: [], letters: [], messages: [], rows: [] })
      })
    }

    it("refuses any use once the store is closed", async () => {
      const store = createMemoryStore()
      await store.close()
      for (const call of usesOf(store)) await expect(call()).rejects.toMatchObject({ code: "CLOSED" })
    })
  })
}

async function everythingIn(store: EventStore) {
  return {
    subscriptions: await store.checkpoints.list(),
    letters: await store.deadLetters.list(),
    messages: await store.outbox.read(),
    rows: (await store.readModels.find("m")).rows,
  }
}

const usesOf = (store: EventStore): (() => Promise<unknown>)[] => [
  () => store.checkpoints.list(),
  () => store.deadLetters.park("s", []),
  () => store.snapshots.load(key),
  () => store.outbox.add([]),
  () => store.inbox.purge(0),
  () => store.leases.holds([]),
  () => store.readModels.getMany("m", []),
]

describe("the front of the ports", () => {
  it("keeps apart what is stored and what its callers hold", async () => {
    await using store = createMemoryStore()
    const value = { list: [1] }
    const body = new Uint8Array([1, 2])
    await store.readModels.save("m", "1", value)
    await store.outbox.add([{ ...message, body: value }])
    await store.snapshots.save(key, { ...snapshot, state: { encoding: "bytes", body } })
    value.list.push(2)
    body[0] = 9
    const loaded = await store.snapshots.load(key)
    expect(loaded?.state.body).toEqual(new Uint8Array([1, 2]))
    ;(loaded?.state.body as Uint8Array)[1] = 9
    expect((await store.snapshots.load(key))?.state.body).toEqual(new Uint8Array([1, 2]))
    expect((await store.readModels.get("m", "1"))?.value).toEqual({ list: [1] })
    expect((await store.outbox.read())[0]?.body).toEqual({ list: [1] })
  })

  it("joins ranges of slots that overlap or touch, so that a slot moves once", async () => {
    await using store = createMemoryStore()
    const slots = [
      { first: 5, last: 9 },
      { first: 0, last: 2 },
      { first: 3, last: 6 },
    ]
    expect(await store.checkpoints.advance("s", { slots, from: 0, to: 7 })).toBe("advanced")
    expect(await store.checkpoints.load("s")).toEqual([{ slots: { first: 0, last: 9 }, position: 7 }])
  })

  it("parks an event whatever the text of its error", async () => {
    await using store = createMemoryStore()
    await store.deadLetters.park("s", [{ ...letter, failure: { ...failure, message: "a\0b\ud800c" } }])
    expect((await store.deadLetters.list())[0]?.failure?.message).toBe("a\uFFFDb\uFFFDc")
  })

  it("is inside of a unit of work what it is outside", async () => {
    await using store = createMemoryStore()
    await store.transaction(async ({ readModels, leases }) => {
      await expect(readModels.save("", "1", 1)).rejects.toMatchObject({ code: "INVALID_NAME", path: "model" })
      expect(await leases.acquire("g", "o", [])).toEqual([])
      await expect(store.readModels.save("m", "1", 1)).rejects.toMatchObject({ code: "NESTED_WRITE" })
      expect((await store.readModels.find("m")).rows).toEqual([])
    })
  })
})
