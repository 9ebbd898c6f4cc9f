import type { RecordedEvent } from "@annals/core"
import { describe, expect, it } from "vitest"
import { createExternalProjection, type ExternalStore } from "../../src/index.ts"
import { describeStores } from "../subjects/stores.ts"
import { eventually, failureOf } from "../subjects/waiting.ts"
import { accounts, deposited, opened, transferred } from "./accounts.ts"

const alice = accounts.stream("alice")
const runOptions = { pollIntervalMs: 20 }

/** A store that writes data and position at once, and says what it was given. */
function createShelf() {
  const shelf = {
    position: 0,
    positions: [] as number[],
    /** Called before anything is written, and after it was. */
    before: () => {},
    after: () => {},
    /** Somebody else's writes. */
    overtake: undefined as number | undefined,
  }
  const into: ExternalStore<RecordedEvent> = {
    position: async () => shelf.position,
    async apply(events, { from, to }) {
      shelf.before()
      if (shelf.overtake !== undefined) {
        shelf.position = shelf.overtake
        shelf.overtake = undefined
      }
      if (shelf.position !== from) return false
      shelf.positions.push(...events.map(({ position }) => position))
      shelf.position = to
      shelf.after()
      return true
    },
  }
  return { shelf, into }
}

const events = [opened, deposited] as const

describeStores("a projection into a store of the user's own", (open) => {
  it("applies each event once, in order, also when an answer was lost", async () => {
    await using scene = await open()
    const { store } = scene
    const { shelf, into } = createShelf()
    await store.append(alice, [
      opened({ owner: "" }),
      transferred({ to: "bob", cents: 1 }),
      deposited({ cents: 1 }),
    ])
    let failures = 3
    const fail = () => {
      if (failures-- > 0) throw new Error("no answer")
    }
    shelf.after = fail
    const projection = scene.keep(
      createExternalProjection(store, "shelf", { events, into, retry: { delayMs: 1 } }, runOptions),
    )
    await projection.start()
    const { position } = await store.append(alice, [deposited({ cents: 2 })])
    await projection.waitFor(position)
    const all = await store.readAll({ types: ["opened", "deposited"] }).toArray()
    expect(shelf.positions).toEqual(all.map((event) => event.position))
    expect(shelf.position).toBe(position)
  })

  it("begins where that store is, at each start", async () => {
    await using scene = await open()
    const { store } = scene
    const { shelf, into } = createShelf()
    const { positions } = await store.append(
      alice,
      [1, 2, 3, 4].map((cents) => deposited({ cents })),
    )
    shelf.position = positions[1] as number
    const projection = scene.keep(createExternalProjection(store, "shelf", { events, into }, runOptions))
    await projection.start()
    await projection.waitFor(positions[3] as number)
    expect(shelf.positions).toEqual(positions.slice(2))
    await projection.stop()
    // As if a backup from before the third event had been restored.
    Object.assign(shelf, { position: positions[1], positions: [] })
    const again = scene.keep(createExternalProjection(store, "shelf", { events, into }, runOptions))
    await again.start()
    await again.waitFor(positions[3] as number)
    expect(shelf.positions).toEqual(positions.slice(2))
    expect(await store.checkpoints.list()).toEqual([])
  })

  it("leaves out what another instance was faster to apply", async () => {
    await using scene = await open()
    const { store } = scene
    const { shelf, into } = createShelf()
    const { positions } = await store.append(
      alice,
      [1, 2, 3].map((cents) => deposited({ cents })),
    )
    shelf.overtake = positions[1] as number
    const projection = scene.keep(createExternalProjection(store, "shelf", { events, into }, runOptions))
    await projection.start()
    await projection.waitFor(positions[2] as number)
    expect(shelf.positions).toEqual([positions[2]])
  })

  it("has one instance apply while the others stand by", async () => {
    await using scene = await open()
    const { store } = scene
    const { shelf, into } = createShelf()
    const create = (instance: string, leaseTtlMs: number, handle = store) =>
      scene.keep(
        createExternalProjection(handle, "shelf", { events, into }, { ...runOptions, instance, leaseTtlMs }),
      )
    // Who stops gives its lease back: it needn't run out.
    const one = create("one", 60_000)
    const other = create("other", 3_000, scene.otherHandle())
    await one.start()
    await eventually(() => one.status().slots > 0)
    await other.start()
    const first = await store.append(alice, [deposited({ cents: 1 })])
    await one.waitFor(first.position)
    expect(other.status()).toMatchObject({ state: "standing-by", handled: 0 })
    await one.stop()
    const next = await store.append(alice, [deposited({ cents: 2 })])
    await other.waitFor(next.position)
    expect(shelf.positions).toEqual([first.position, next.position])
  })
})

describe("a projection into a store of the user's own", () => {
  it("stops at an event that can't be applied", async () => {
    const { openMemoryScene } = await import("../subjects/memory-scene.ts")
    await using scene = openMemoryScene()
    const { shelf, into } = createShelf()
    shelf.before = () => {
      throw new Error("full")
    }
    await scene.store.append(alice, [deposited({ cents: 1 })])
    const retry = { attempts: 1 }
    const projection = scene.keep(createExternalProjection(scene.store, "shelf", { events, into, retry }))
    await projection.start()
    expect(await failureOf(projection.done)).toMatchObject({ cause: { message: "full" } })
    expect(shelf.position).toBe(0)
    expect(() => createExternalProjection(scene.store, "shelf", { events, into: {} as never })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", path: "into" }),
    )
  })
})
