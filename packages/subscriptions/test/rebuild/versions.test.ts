import { expect, it } from "vitest"
import { projectionSubscription, rebuildInPlace, rebuildProjection, takeOver } from "../../src/index.ts"
import { count, upTo } from "../subjects/counting.ts"
import { quickLeases } from "../subjects/quick-leases.ts"
import { describeStores } from "../subjects/stores.ts"
import { createGate, eventually, failureOf } from "../subjects/waiting.ts"
import { foldNumbers, hooked, numbersOf, readNumbers } from "./numbers.ts"

const one = numbersOf({})
const two = numbersOf({ version: 2, times: 10 })
const three = numbersOf({ version: 3, times: 100 })

describeStores("a new version of a projection", (open) => {
  it("fills rows of its own while the old one serves, and takes over at the end of the log", async () => {
    await using scene = await open()
    const { store } = scene
    const old = await scene.run(projectionSubscription(one), quickLeases)
    await old.waitFor(await count(store, "a", ...upTo(6)))
    const gate = createGate()
    const gated = hooked(two, {
      apply: (_copy, events) => (events.some(({ position }) => position === 5) ? gate.pass() : undefined),
    })
    const fresh = await scene.run(projectionSubscription(gated, { pageSize: 2 }), quickLeases)
    await gate.reached
    expect(fresh.name).toBe("numbers@2")
    expect(await readNumbers(scene.store)).toEqual({ a: upTo(6) })
    // On one connection the old one can't write while the new one's transaction is open: it does so afterwards.
    gate.open()
    await eventually(async () => expect(await readNumbers(store)).toEqual({ a: upTo(6).map((n) => n * 10) }))
    await fresh.waitFor(await count(store, "a", 7))
    expect(await readNumbers(store)).toEqual(await foldNumbers(store, 10))
    expect(await readNumbers(store, "@v2")).toEqual({})
  })

  it("stops the old one with a clear error, also one that would park, and nothing of it is written", async () => {
    await using scene = await open()
    const { store } = scene
    const old = await scene.run(projectionSubscription(one, { onFailure: "park" }), quickLeases)
    await old.waitFor(await count(store, "a", 1))
    const fresh = await scene.run(projectionSubscription(two), quickLeases)
    await eventually(async () => expect(await readNumbers(store)).toEqual({ a: [10] }))
    await fresh.waitFor(await count(store, "a", 2))
    expect(await failureOf(old.done)).toMatchObject({
      code: "SUBSCRIPTION_FAILED",
      cause: {
        code: "PROJECTION_SUPERSEDED",
        message: expect.stringContaining(`version 2 of projection "numbers" took over from version 1`),
      },
    })
    expect(await old.deadLetters.list()).toEqual([])
    expect(await readNumbers(store)).toEqual({ a: [10, 20] })
    expect(await store.checkpoints.list()).toEqual(["numbers@2"])
  })

  it("refuses the older program when it comes back", async () => {
    await using scene = await open()
    const { store } = scene
    await (await scene.run(projectionSubscription(two), quickLeases)).waitFor(await count(store, "a", 1))
    const old = scene.create(projectionSubscription(one), quickLeases)
    await old.start().catch(() => {})
    expect(await failureOf(old.done)).toMatchObject({
      cause: { code: "PROJECTION_SUPERSEDED", expected: 1, actual: 2 },
    })
    const codes = await Promise.all(
      [rebuildProjection(store, one).done, rebuildInPlace(store, one), takeOver(store, one)].map(failureOf),
    )
    expect(codes.map(({ code }) => code)).toEqual(Array(3).fill("PROJECTION_SUPERSEDED"))
    expect(await readNumbers(store)).toEqual({ a: [10] })
  })

  it("goes on where it was after a restart in the middle", async () => {
    await using scene = await open()
    const { store } = scene
    await (await scene.run(projectionSubscription(one), quickLeases)).waitFor(
      await count(store, "a", ...upTo(6)),
    )
    const gate = createGate()
    const gated = hooked(two, {
      apply: (_copy, events) => (events.some(({ position }) => position === 4) ? gate.pass() : undefined),
    })
    const first = await scene.run(projectionSubscription(gated, { pageSize: 1 }), quickLeases)
    await gate.reached
    await first.stop({ timeoutMs: 1 })
    gate.open()
    expect(await readNumbers(store, "@v2")).toEqual({ a: [10, 20, 30] })
    const seen: number[] = []
    const looking = hooked(two, {
      apply: (_copy, events) => seen.push(...events.map(({ position }) => position)),
    })
    await scene.run(projectionSubscription(looking), quickLeases)
    await eventually(async () => expect(await readNumbers(store)).toEqual({ a: upTo(6).map((n) => n * 10) }))
    expect(seen).toEqual([4, 5, 6])
  })

  it("is live at once where there is no older one, and can skip versions", async () => {
    await using scene = await open()
    const { store } = scene
    await (await scene.run(projectionSubscription(two), quickLeases)).waitFor(await count(store, "a", 1))
    expect(await readNumbers(store)).toEqual({ a: [10] })
    const newest = await scene.run(projectionSubscription(three), quickLeases)
    await eventually(async () => expect(await readNumbers(store)).toEqual({ a: [100] }))
    await newest.waitFor(await count(store, "a", 2))
    expect(await readNumbers(store)).toEqual({ a: [100, 200] })
  })

  it("drops what a version in between had made", async () => {
    await using scene = await open()
    const { store } = scene
    await (await scene.run(projectionSubscription(one), quickLeases)).waitFor(
      await count(store, "a", ...upTo(4)),
    )
    const half = hooked(two, {
      apply: (_copy, events) => {
        if (events.some(({ position }) => position === 3)) throw new Error("can't take 3")
      },
    })
    const between = await scene.run(
      projectionSubscription(half, { pageSize: 1, retry: { attempts: 1 } }),
      quickLeases,
    )
    await failureOf(between.done)
    expect(await readNumbers(store, "@v2")).toEqual({ a: [10, 20] })
    await scene.run(projectionSubscription(three), quickLeases)
    await eventually(async () => expect(await readNumbers(store)).toEqual({ a: [100, 200, 300, 400] }))
    expect(await readNumbers(store, "@v2")).toEqual({})
    expect(await store.checkpoints.list()).toEqual(["numbers@3"])
    const late = scene.create(projectionSubscription(two), quickLeases)
    await late.start().catch(() => {})
    expect(await failureOf(late.done)).toMatchObject({ cause: { code: "PROJECTION_SUPERSEDED" } })
  })

  it("takes over on request where no event comes that would make it", async () => {
    await using scene = await open()
    const { store } = scene
    await (await scene.run(projectionSubscription(one), quickLeases)).waitFor(await count(store, "a", 1, 2))
    expect(await takeOver(store, two)).toBe(false)
    const nothing = { ...two, filter: { ...two.filter, categories: ["elsewhere"] } }
    expect(await takeOver(store, nothing)).toBe(true)
    expect(await takeOver(store, nothing)).toBe(true)
    expect(await readNumbers(store)).toEqual({})
  })

  it("takes over when the last of several instances that share it has caught up", async () => {
    await using scene = await open()
    const { store } = scene
    const old = await scene.run(projectionSubscription(one), quickLeases)
    for (const id of ["a", "b", "c", "d", "e", "f"]) await count(store, id, ...upTo(8))
    await old.waitFor(await store.head())
    const shared = projectionSubscription(two, { instances: "shared", pageSize: 3, retry: { delayMs: 5 } })
    const instances = await Promise.all(
      [1, 2].map(() => scene.run(shared, { ...quickLeases, store: scene.otherHandle() })),
    )
    await Promise.all(instances.map(async (one) => one.waitFor(await store.head())))
    await count(store, "a", 9)
    await eventually(async () => expect(await readNumbers(store)).toEqual(await foldNumbers(store, 10)))
  })

  it("doesn't take over while one of several instances is behind", async () => {
    await using scene = await open()
    const { store } = scene
    const old = await scene.run(projectionSubscription(one), quickLeases)
    for (const id of "abcdefghijkl") await count(store, id, 1, 2)
    await old.waitFor(await store.head())
    let mended = false
    const fragile = hooked(two, {
      apply: (_copy, events) => {
        if (!mended && events.some(({ stream }) => stream.id === "a")) throw new Error("not yet mended")
      },
    })
    const settings = { instances: "shared", retry: { attempts: 1e6, delayMs: 1, maxDelayMs: 20 } } as const
    const shared = projectionSubscription(fragile, settings)
    const instances = await Promise.all(
      [1, 2].map(() => scene.run(shared, { ...quickLeases, store: scene.otherHandle() })),
    )
    await eventually(() => instances.some((instance) => instance.status().state === "live"))
    expect(await readNumbers(store)).toEqual(await foldNumbers(store))
    mended = true
    await eventually(async () => expect(await readNumbers(store)).toEqual(await foldNumbers(store, 10)))
  })

  it("can't be rebuilt before it is live", async () => {
    await using scene = await open()
    const { store } = scene
    await (await scene.run(projectionSubscription(one), quickLeases)).waitFor(await count(store, "a", 1))
    expect(await failureOf(rebuildInPlace(store, two))).toMatchObject({
      code: "INVALID_OPTION",
      path: "version",
    })
    const rebuild = rebuildProjection(store, two, { retry: { delayMs: 1 } })
    expect(await failureOf(rebuild.done)).toMatchObject({ code: "INVALID_OPTION", path: "version" })
    expect(await readNumbers(store)).toEqual({ a: [1] })
  })

  it("ends a rebuild of the old one", async () => {
    await using scene = await open()
    const { store } = scene
    await (await scene.run(projectionSubscription(one), quickLeases)).waitFor(
      await count(store, "a", ...upTo(4)),
    )
    const rebuild = rebuildProjection(store, one, {
      pageSize: 1,
      onProgress: ({ position }) => position === 2 && rebuild.pause(),
    })
    await eventually(() => rebuild.status().state === "paused")
    const fresh = await scene.run(projectionSubscription(two), quickLeases)
    await eventually(async () => expect(await readNumbers(store)).toEqual({ a: [10, 20, 30, 40] }))
    rebuild.resume()
    expect(await failureOf(rebuild.done)).toMatchObject({ code: "PROJECTION_SUPERSEDED" })
    await fresh.waitFor(await count(store, "a", 5))
    expect(await readNumbers(store)).toEqual(await foldNumbers(store, 10))
    expect(await readNumbers(store, "@rebuild")).toEqual({})
    expect(await store.checkpoints.list()).toEqual(["numbers@2"])
  })
})
