import {
  createMemoryStore,
  createRepository,
  defineAggregate,
  defineDecider,
  defineEvent,
  type,
} from "@annals/core"
import { createSnapshots } from "@annals/snapshots"
import fc from "fast-check"
import { describe, expect, it } from "vitest"

const set = defineEvent("set", type<{ readonly index: number }>())

/** A decider whose state is one of these, by the index in its newest event; and an aggregate that changes its state. */
const holder = (values: readonly unknown[]) =>
  defineDecider("holder", {
    events: [set],
    initial: (): unknown => null,
    evolve: { set: (_state, { data }) => values[data.index] },
    decide: { set: (_state, index: number) => set({ index }) },
  })

const changingHolder = (values: readonly unknown[]) =>
  defineAggregate("holder", {
    events: [set],
    initial: (): { value: unknown } => ({ value: null }),
    on: {
      set(state, { data }) {
        state.value = values[data.index]
      },
    },
    commands: { set: ({ raise }, index: number) => raise(set({ index })) },
  })

/** What a load through a snapshot gives, and whether there was one. */
async function throughSnapshot(value: unknown) {
  const store = createMemoryStore()
  const definition = holder([value])
  const snapshots = createSnapshots(store, definition, { policy: () => true })
  const repository = createRepository(store, definition, { snapshots })
  await repository.execute("a", "set", 0)
  const { state } = await repository.load("a")
  return { state, ...snapshots.status() }
}

describe("a state is kept exactly, or not at all", () => {
  it("carries what JSON carries", async () => {
    const value = fc.jsonValue({ maxDepth: 4 }).filter((given) => !containsMinusZero(given))
    await fc.assert(
      fc.asyncProperty(value, async (given) => {
        const { state, hits } = await throughSnapshot(given)
        expect(hits).toBe(1)
        expect(state).toStrictEqual(given)
      }),
      { numRuns: 100 },
    )
  })

  const own = JSON.parse('{"__proto__":{"admin":true},"10":1,"2":2}')
  it.each([
    ["odd keys", own, own],
    ["strings with NUL and half a surrogate pair", ["\0", "\ud800"], ["\0", "\ud800"]],
    ["properties that are undefined", { a: undefined, b: [{ c: undefined }] }, { b: [{}] }],
    ["a string at the top", "text", "text"],
    ["bytes", new Uint8Array([0, 255]), new Uint8Array([0, 255])],
  ])("%s", async (_what, given, wanted) => {
    const { state, hits } = await throughSnapshot(given)
    expect(hits).toBe(1)
    expect(state).toStrictEqual(wanted)
    expect(JSON.stringify(state)).toBe(JSON.stringify(wanted))
  })

  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  let deep: unknown = null
  for (let level = 0; level < 600; level++) deep = { deep }
  it.each<[string, unknown, string]>([
    ["a date", { at: { when: new Date(0) } }, "state.at.when"],
    ["a map", { seats: new Map() }, "state.seats"],
    ["a set", [new Set()], "state[0]"],
    ["a bigint", { n: 1n }, "state.n"],
    ["NaN", [[Number.NaN]], "state[0][0]"],
    ["infinity", Number.POSITIVE_INFINITY, "state"],
    ["-0", { "a b": -0 }, 'state["a b"]'],
    ["undefined", undefined, "state"],
    ["undefined in an array", [undefined], "state[0]"],
    ["a hole", Array(2), "state"],
    ["an array with keys of its own", Object.assign([1], { more: 1 }), "state"],
    ["a function", { toJSON: () => 1 }, "state.toJSON"],
    ["a symbol", { s: Symbol("s") }, "state.s"],
    ["a key that is a symbol", { [Symbol("s")]: 1 }, "state"],
    ["an object of a class", { url: new URL("a:b") }, "state.url"],
    ["an object without the usual prototype", Object.create(null), "state"],
    ["an array of a class", [new (class extends Array {})()], "state[0]"],
    [
      "an accessor",
      {
        get now() {
          return 1
        },
      },
      "state.now",
    ],
    ["a hidden property", Object.defineProperty({}, "hidden", { value: 1 }), "state.hidden"],
    ["a cycle", cyclic, ""],
    ["what is nested too deep", deep, ""],
    ["a promise", { later: Promise.resolve(1) }, "state.later"],
    ["bytes with methods of their own", Buffer.from("abc"), "state"],
    ["bytes inside", { bytes: new Uint8Array(1) }, "state.bytes"],
  ])("refuses %s", async (_what, given, path) => {
    const { state, hits, taken, failed, lastError } = await throughSnapshot(given)
    expect([hits, taken, failed]).toEqual([0, 0, 1])
    expect(lastError).toMatchObject({ code: "INVALID_VALUE", path: expect.stringMatching(/^state/) })
    if (path !== "") expect(lastError).toMatchObject({ path })
    expect(state).toBe(given)
  })

  it("lets a decider have one object twice, but nobody whose events change it", async () => {
    const line = { amount: 1 }
    const frozen = Object.freeze({ amount: 1 })
    for (const [value, kept] of [
      [{ last: line, lines: [line] }, false],
      [{ last: frozen, lines: [frozen] }, true],
    ] as const) {
      expect((await throughSnapshot(value)).hits).toBe(1)
      const store = createMemoryStore()
      const definition = changingHolder([value])
      const snapshots = createSnapshots(store, definition, { policy: () => true })
      await createRepository(store, definition, { snapshots }).execute("a", "set", 0)
      expect(snapshots.status()).toMatchObject({ taken: kept ? 1 : 0, failed: kept ? 0 : 1 })
    }
  })

  it("copies bytes of a form, so that whoever holds them may change them", async () => {
    const store = createMemoryStore()
    const shared = new Uint8Array([1])
    const definition = holder(["x"])
    const form = { save: () => shared, restore: (saved: Uint8Array): unknown => saved }
    const changed = Promise.withResolvers<void>()
    const snapshots = createSnapshots(store, definition, {
      policy: () => true,
      take: "background",
      form,
      snapshotStore: ({ snapshots }) => ({
        ...snapshots,
        save: async (key, snapshot) => {
          await changed.promise
          return snapshots.save(key, snapshot)
        },
      }),
      keepLast: "all",
    })
    const repository = createRepository(store, definition, { snapshots })
    await repository.execute("a", "set", 0)
    shared[0] = 9
    changed.resolve()
    await snapshots.drain()
    const first = (await repository.load("a")).state as Uint8Array
    first[0] = 8
    expect((await repository.load("a")).state).toEqual(new Uint8Array([1]))
  })
})

function containsMinusZero(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(containsMinusZero)
  return Object.is(value, -0)
}
