import { isAnnalsError } from "@annals/core"
import { expect, it } from "vitest"
import { projectionSubscription, rebuildInPlace, rebuildProjection } from "../../src/index.ts"
import { count, upTo } from "../subjects/counting.ts"
import { quickLeases } from "../subjects/quick-leases.ts"
import { describeStores } from "../subjects/stores.ts"
import { eventually, failureOf } from "../subjects/waiting.ts"
import { foldNumbers, hooked, numbers, readNumbers, spoil } from "./numbers.ts"

describeStores("a rebuild in place", (open) => {
  it("empties the rows, and has the subscription that runs fill them again", async () => {
    await using scene = await open()
    const { store } = scene
    const live = await scene.run(projectionSubscription(numbers), quickLeases)
    await live.waitFor(await count(store, "a", 1, 2, 3))
    await spoil(store, "a", "ghost")
    await rebuildInPlace(scene.otherHandle(), numbers)
    await eventually(async () => expect(await readNumbers(store)).toEqual({ a: [1, 2, 3] }))
    await live.waitFor(await count(store, "a", 4))
    expect(await readNumbers(store)).toEqual({ a: [1, 2, 3, 4] })
  })

  it("leaves it to the next start of a subscription that doesn't run", async () => {
    await using scene = await open()
    const { store } = scene
    const first = await scene.run(projectionSubscription(numbers), quickLeases)
    await first.waitFor(await count(store, "a", 1, 2, 3))
    await first.stop()
    await rebuildInPlace(store, numbers)
    expect(await readNumbers(store)).toEqual({})
    const second = await scene.run(projectionSubscription(numbers), quickLeases)
    await second.waitFor(await count(store, "b", 1))
    expect(await readNumbers(store)).toEqual({ a: [1, 2, 3], b: [1] })
  })

  it("forgets dead letters, whose events are handled anew", async () => {
    await using scene = await open()
    const { store } = scene
    let mended = false
    const fragile = hooked(numbers, {
      apply: (_copy, events) => {
        if (!mended && events.some(({ position }) => position === 1)) throw new Error("not yet mended")
      },
    })
    const settings = { onFailure: "park", retry: { attempts: 1 } } as const
    const live = await scene.run(projectionSubscription(fragile, settings), quickLeases)
    await count(store, "a", 1, 2)
    await live.waitFor(await count(store, "b", 1))
    expect(await live.deadLetters.list()).toHaveLength(2)
    mended = true
    await rebuildInPlace(store, fragile)
    await eventually(async () => expect(await readNumbers(store)).toEqual({ a: [1, 2], b: [1] }))
    expect(await live.deadLetters.list()).toEqual([])
    await live.waitFor(await count(store, "a", 3))
    expect(await readNumbers(store)).toEqual({ a: [1, 2, 3], b: [1] })
  })

  it("may come while appends, the live projection and a rebuild beside it are under way", async () => {
    await using scene = await open()
    const { store } = scene
    const live = await scene.run(projectionSubscription(numbers, { pageSize: 4 }), quickLeases)
    const appending = (async () => {
      for (const n of upTo(15)) for (const id of ["a", "b"]) await count(store, id, n)
    })()
    const rebuild = rebuildProjection(scene.otherHandle(), numbers, { pageSize: 3 })
    await eventually(async () => (await store.head()) > 5)
    await onceNotBusy(() => rebuildInPlace(scene.otherHandle(), numbers))
    await rebuild.done
    await appending
    await rebuildInPlace(scene.otherHandle(), numbers)
    await live.waitFor(await count(store, "a", 16))
    await eventually(async () => expect(await readNumbers(store)).toEqual(await foldNumbers(store)))
  })

  it("begins where the subscription begins", async () => {
    await using scene = await open()
    const { store } = scene
    await count(store, "a", 1, 2, 3)
    const live = await scene.run(projectionSubscription(numbers, { from: 2 }), quickLeases)
    await live.waitFor(await count(store, "a", 4))
    await spoil(store, "a")
    await rebuildInPlace(store, numbers, { from: 2 })
    await eventually(async () => expect(await readNumbers(store)).toEqual({ a: [3, 4] }))
    await rebuildProjection(store, numbers, { from: 3 }).done
    expect(await readNumbers(store)).toEqual({ a: [4] })
    expect(await failureOf(rebuildInPlace(store, numbers, { from: "end" }))).toMatchObject({
      code: "INVALID_OPTION",
      path: "from",
    })
    expect(() => rebuildProjection(store, numbers, { from: "end" })).toThrow(
      expect.objectContaining({ path: "from" }),
    )
  })
})

/** As a caller has to: it may meet the very moment in which another rebuild takes over. */
async function onceNotBusy(rebuild: () => Promise<void>): Promise<void> {
  await rebuild().catch((error: unknown) => {
    if (!isAnnalsError(error, "STORE_BUSY")) throw error
    return onceNotBusy(rebuild)
  })
}
