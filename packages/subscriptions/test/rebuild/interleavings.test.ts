import { AnnalsError, type EventStore } from "@annals/core"
import { expect, it } from "vitest"
import {
  projectionSubscription,
  rebuildInPlace,
  rebuildProjection,
  type StoredProjection,
} from "../../src/index.ts"
import { count, upTo } from "../subjects/counting.ts"
import { quickLeases } from "../subjects/quick-leases.ts"
import { describeStores } from "../subjects/stores.ts"
import { createGate, eventually } from "../subjects/waiting.ts"
import { Blocking } from "./blocking.ts"
import { foldNumbers, hooked, numbers, numbersOf, readNumbers, spoil } from "./numbers.ts"

const soon = { retry: { delayMs: 1, attempts: 3 } }

describeStores("a rebuild and the live projection", (open) => {
  it("lose nothing when the live one is in the middle of a transaction at the swap", async () => {
    await using scene = await open()
    const { store } = scene
    const gate = createGate()
    const blocking = new Blocking(store)
    const slow = hooked(numbers, {
      apply: async (_copy, events, unitOfWork) => {
        if (!events.some(({ position }) => position > 3)) return
        await blocking.begin(unitOfWork)
        await gate.pass()
      },
    })
    const live = await scene.run(projectionSubscription(slow), quickLeases)
    await live.waitFor(await count(store, "a", 1, 2, 3))
    await spoil(store, "a")
    // An event of a row that neither copy has yet: no lock on rows would keep the two apart.
    const last = await count(store, "b", 1)
    await gate.reached
    const rebuild = rebuildProjection(scene.otherHandle(), numbers)
    await blocking.untilWaitedFor()
    gate.open()
    await rebuild.done
    await live.waitFor(last)
    await live.waitFor(await count(store, "b", 2))
    expect(await readNumbers(store)).toEqual({ a: [1, 2, 3], b: [1, 2] })
  })

  it("lose nothing when an event comes in the middle of the swap", async () => {
    await using scene = await open()
    const { store } = scene
    const live = await scene.run(projectionSubscription(numbers), quickLeases)
    await live.waitFor(await count(store, "a", 1, 2, 3))
    await spoil(store, "a", "b")
    const gate = createGate()
    const blocking = new Blocking(store)
    const held = hooked(numbers, {
      swapped: async (unitOfWork) => {
        await blocking.begin(unitOfWork)
        await gate.pass()
      },
    })
    const rebuild = rebuildProjection(scene.otherHandle(), held)
    await gate.reached
    const appended = Promise.all([count(store, "a", 4), count(store, "b", 1)])
    if (store.name === "postgresql") await appended // writers don't wait for a rebuild
    await blocking.untilWaitedFor()
    gate.open()
    await rebuild.done
    await live.waitFor(Math.max(...(await appended)))
    expect(await readNumbers(store)).toEqual({ a: [1, 2, 3, 4], b: [1] })
  })

  it("make a handler that fails on rows of another position begin from where the rows are", async () => {
    await using scene = await open()
    const { store } = scene
    let emptied = false
    const gate = createGate()
    const strict = hooked(numbers, {
      apply: async (copy, events, { readModels }) => {
        if (copy !== "live" || events[0]?.version === 1) return
        if (!emptied) await gate.pass()
        if ((await readModels.get("numbers", "a")) === undefined) throw new Error("not opened yet")
      },
    })
    const live = await scene.run(projectionSubscription(strict, soon), quickLeases)
    await live.waitFor(await count(store, "a", 1))
    const last = await count(store, "a", 2)
    await gate.reached
    const emptying = rebuildInPlace(scene.otherHandle(), numbers)
    emptied = true
    gate.open()
    await emptying
    await live.waitFor(last)
    await eventually(async () => expect(await readNumbers(store)).toEqual({ a: [1, 2] }))
  })

  it("end with the log's fold whichever transaction of the rebuild fails, before or after its commit", async () => {
    await using scene = await open()
    const { store } = scene
    const live = await scene.run(projectionSubscription(numbers), quickLeases)
    await live.waitFor(await count(store, "a", ...upTo(5)))
    for (const moment of ["before", "after"] as const) {
      for (let failing = 0; ; failing++) {
        await spoil(store, "a", "ghost")
        const faulty = failingAt(store, failing, moment)
        await rebuildProjection(faulty.store, numbers, { pageSize: 3, ...soon }).done
        expect(await readNumbers(store)).toEqual(await foldNumbers(store))
        expect(await store.checkpoints.load("numbers")).toMatchObject([{ position: await store.head() }])
        if (faulty.transactions <= failing) break
        await live.waitFor(await count(store, "a", 6 + failing))
      }
    }
  })

  it("take along what comes between the last page and the swap", async () => {
    await using scene = await open()
    const { store } = scene
    const live = await scene.run(projectionSubscription(numbers), quickLeases)
    await live.waitFor(await count(store, "a", 1, 2, 3))
    await live.stop()
    let transactions = 0
    const busy = {
      ...store,
      async transaction<Result>(...given: Parameters<typeof store.transaction<Result>>) {
        await count(store, "b", ++transactions)
        return store.transaction(...given)
      },
    } as EventStore
    await rebuildProjection(busy, numbers).done
    expect(await readNumbers(store)).toEqual({ a: [1, 2, 3], b: upTo(transactions) })
  })

  it("end with the log's fold when a step of the swap fails", async () => {
    await using scene = await open()
    const { store } = scene
    const live = await scene.run(projectionSubscription(numbers), quickLeases)
    await live.waitFor(await count(store, "a", 1, 2, 3))
    await spoil(store, "a")
    for (const step of ["create", "swap", "swapped"] as const) {
      let failures = 0
      const failing: StoredProjection = hooked(numbers, {
        [step]: () => {
          if (++failures < 3) throw new Error(`failed at ${step}`)
        },
      })
      await rebuildProjection(store, failing, { restart: true, ...soon }).done
      expect(failures).toBe(3)
      expect(await readNumbers(store)).toEqual({ a: [1, 2, 3] })
      await spoil(store, "a")
    }
    const hopeless = hooked(numbers, {
      swap: () => {
        throw new Error("never")
      },
    })
    await expect(rebuildProjection(store, hopeless, soon).done).rejects.toThrow(
      `projection "numbers" can't be put in place: never`,
    )
    expect(await readNumbers(store)).toEqual({ a: [-1] })
  })

  it("end with the log's fold when several instances share the projection", async () => {
    await using scene = await open()
    const { store } = scene
    const shared = projectionSubscription(numbers, {
      instances: "shared",
      pageSize: 2,
      retry: { delayMs: 1 },
    })
    const instances = await Promise.all(
      [1, 2].map(() => scene.run(shared, { ...quickLeases, store: scene.otherHandle() })),
    )
    const appending = (async () => {
      for (const n of upTo(12)) for (const id of ["a", "b", "c", "d"]) await count(store, id, n)
    })()
    await eventually(async () => (await store.head()) > 10)
    await rebuildProjection(scene.otherHandle(), numbers, { pageSize: 5 }).done
    await rebuildProjection(scene.otherHandle(), numbers, { pageSize: 5 }).done
    await appending
    const head = await store.head()
    await Promise.all(instances.map((instance) => instance.waitFor(head)))
    expect(await readNumbers(store)).toEqual(await foldNumbers(store))
  })

  it("let only one version's rows through when it takes over while the old one writes", async () => {
    await using scene = await open()
    const { store } = scene
    const gate = createGate()
    const blocking = new Blocking(store)
    const slow = hooked(numbers, {
      apply: async (_copy, events, unitOfWork) => {
        if (!events.some(({ position }) => position > 2)) return
        await blocking.begin(unitOfWork)
        await gate.pass()
      },
    })
    const old = await scene.run(projectionSubscription(slow), quickLeases)
    await old.waitFor(await count(store, "a", 1, 2))
    const last = await count(store, "b", 1)
    await gate.reached
    const two = numbersOf({ version: 2, times: 10 })
    const fresh = scene.create(projectionSubscription(two), { ...quickLeases, store: scene.otherHandle() })
    const started = fresh.start()
    await blocking.untilWaitedFor()
    gate.open()
    await started
    await fresh.waitFor(last)
    await fresh.waitFor(await count(store, "b", 2))
    await eventually(async () => expect(await readNumbers(store)).toEqual({ a: [10, 20], b: [10, 20] }))
  })
})

/** One of the transactions (counted from 0) fails as if the connection was lost. */
function failingAt(store: EventStore, failing: number, moment: "before" | "after") {
  const lost = () => new AnnalsError("STORE_UNAVAILABLE", "the connection was lost", { retryable: true })
  const faulty = {
    transactions: 0,
    store: {
      ...store,
      async transaction<Result>(...given: Parameters<typeof store.transaction<Result>>) {
        const fails = faulty.transactions++ === failing
        if (fails && moment === "before") throw lost()
        const result = await store.transaction(...given)
        if (fails) throw lost()
        return result
      },
    } as EventStore,
  }
  return faulty
}
