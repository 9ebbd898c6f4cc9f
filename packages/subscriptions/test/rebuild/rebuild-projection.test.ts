import { streamId } from "@annals/core"
import { expect, it } from "vitest"
import { projectionSubscription, type RebuildProgress, rebuildProjection } from "../../src/index.ts"
import { count, counted, upTo } from "../subjects/counting.ts"
import { quickLeases } from "../subjects/quick-leases.ts"
import { describeStores } from "../subjects/stores.ts"
import { createGate, eventually, failureOf } from "../subjects/waiting.ts"
import { foldNumbers, hooked, numbers, numbersOf, readNumbers, spoil } from "./numbers.ts"

describeStores("a rebuild beside the live projection", (open) => {
  it("makes the rows anew from the log, and puts them in place", async () => {
    await using scene = await open()
    const { store } = scene
    const live = await scene.run(projectionSubscription(numbers))
    await live.waitFor(await count(store, "a", 1, 2, 3))
    await spoil(store, "a", "ghost")
    const progress = await rebuildProjection(store, numbers).done
    expect(await readNumbers(store)).toEqual({ a: [1, 2, 3] })
    expect(progress).toMatchObject({ position: 3, head: 3, events: 3, secondsLeft: 0 })
    expect(await store.checkpoints.list()).toEqual(["numbers"])
  })

  it("lets the live projection go on afterwards, from where the new rows are", async () => {
    await using scene = await open()
    const { store } = scene
    const live = await scene.run(projectionSubscription(numbers), quickLeases)
    await live.waitFor(await count(store, "a", 1, 2, 3))
    await spoil(store, "a")
    await rebuildProjection(store, numbers, { pageSize: 2 }).done
    await live.waitFor(await count(store, "a", 4))
    await live.waitFor(await count(store, "b", 1))
    expect(await readNumbers(store)).toEqual({ a: [1, 2, 3, 4], b: [1] })
  })

  it("works where the projection's subscription never ran, and where there is nothing to read", async () => {
    await using scene = await open()
    const { store } = scene
    await rebuildProjection(store, numbers).done
    expect(await readNumbers(store)).toEqual({})
    await count(store, "a", 1)
    await rebuildProjection(store, numbers).done
    const live = await scene.run(projectionSubscription(numbers))
    await live.waitFor(await count(store, "a", 2))
    expect(await readNumbers(store)).toEqual({ a: [1, 2] })
  })

  it("may be ahead of the live projection, which then doesn't apply anything again", async () => {
    await using scene = await open()
    const { store } = scene
    const live = await scene.run(projectionSubscription(numbers), quickLeases)
    await live.waitFor(await count(store, "a", 1, 2, 3))
    live.pause()
    await count(store, "a", 4, 5)
    await count(store, "b", 1)
    await rebuildProjection(store, numbers).done
    expect(await readNumbers(store)).toEqual({ a: [1, 2, 3, 4, 5], b: [1] })
    live.resume()
    await live.waitFor(await count(store, "b", 2))
    expect(await readNumbers(store)).toEqual({ a: [1, 2, 3, 4, 5], b: [1, 2] })
  })

  it("shows the old rows until the new ones are complete", async () => {
    await using scene = await open()
    const { store } = scene
    const live = await scene.run(projectionSubscription(numbers))
    await live.waitFor(await count(store, "a", 1, 2, 3))
    await spoil(store, "a")
    const seen: unknown[] = []
    const looking = hooked(numbers, { apply: async () => seen.push(await readNumbers(scene.store)) })
    await rebuildProjection(store, looking, { pageSize: 1 }).done
    expect(seen).toEqual([{ a: [-1] }, { a: [-1] }, { a: [-1] }])
    expect(await readNumbers(store)).toEqual({ a: [1, 2, 3] })
  })

  it("takes in what is appended meanwhile, and the live projection does so too", async () => {
    await using scene = await open()
    const { store } = scene
    const live = await scene.run(projectionSubscription(numbers), quickLeases)
    await live.waitFor(await count(store, "a", ...upTo(10)))
    const rebuild = rebuildProjection(store, numbers, { pageSize: 3, onProgress: () => rebuild.pause() })
    for (let n = 11; n <= 30; n++) {
      await eventually(() => rebuild.status().state === "paused" || rebuild.status().state === "done")
      await live.waitFor(await count(store, n % 2 ? "a" : "b", n))
      rebuild.resume()
    }
    const resuming = setInterval(() => rebuild.resume(), 1)
    await rebuild.done
    clearInterval(resuming)
    await live.waitFor(await count(store, "a", 31))
    expect(await readNumbers(store)).toEqual(await foldNumbers(store))
  })

  it("goes on where it was after its process ended", async () => {
    await using scene = await open()
    const { store } = scene
    await count(store, "a", ...upTo(10))
    const first = rebuildProjection(store, numbers, {
      pageSize: 2,
      onProgress: ({ position }) => position >= 4 && first.pause(),
    })
    await eventually(() => first.status().state === "paused")
    const { position } = first.status().progress
    await first.stop()
    expect(await failureOf(first.done)).toMatchObject({ code: "CLOSED" })
    expect(first.status().state).toBe("stopped")
    const applied: number[] = []
    const looking = hooked(numbers, {
      apply: (_copy, events) => applied.push(...events.map((event) => event.position)),
    })
    await rebuildProjection(scene.otherHandle(), looking, { pageSize: 2 }).done
    expect(applied).toEqual(upTo(10).slice(position))
    expect(await readNumbers(store)).toEqual({ a: upTo(10) })
  })

  it("begins anew when it is told to", async () => {
    await using scene = await open()
    const { store } = scene
    await count(store, "a", 1, 2, 3)
    const first = rebuildProjection(store, numbers, {
      pageSize: 1,
      onProgress: ({ position }) => position >= 2 && first.pause(),
    })
    await eventually(() => first.status().state === "paused")
    await first.stop()
    await rebuildProjection(store, numbersOf({ times: 10 }), { restart: true }).done
    expect(await readNumbers(store)).toEqual({ a: [10, 20, 30] })
  })

  it("is refused while another one runs", async () => {
    await using scene = await open()
    const { store } = scene
    await count(store, "a", 1, 2)
    // Long: a slow machine must not make it look dead.
    await using first = rebuildProjection(store, numbers, { leaseTtlMs: 60_000 })
    first.pause()
    await eventually(async () => (await store.leases.inspect("numbers/rebuild")).leases.length === 1)
    const second = rebuildProjection(scene.otherHandle(), numbers, { leaseTtlMs: 600 })
    expect(await failureOf(second.done)).toMatchObject({ code: "REBUILD_RUNNING" })
    expect(second.status()).toMatchObject({ state: "failed", lastError: { code: "REBUILD_RUNNING" } })
    first.resume()
    await first.done
    expect(await readNumbers(store)).toEqual({ a: [1, 2] })
  })

  it("tries an event again, and then fails saying which one it was; nothing that is read has changed", async () => {
    await using scene = await open()
    const { store } = scene
    await count(store, "a", 1, 2, 3)
    let failures = 0
    const poisoned = hooked(numbers, {
      apply: (_copy, events) => {
        if (!events.some(({ position }) => position === 2)) return
        failures++
        throw new Error("can't take 2")
      },
    })
    const rebuild = rebuildProjection(store, poisoned, { retry: { attempts: 3, delayMs: 1 } })
    expect(await failureOf(rebuild.done)).toMatchObject({
      code: "SUBSCRIPTION_FAILED",
      position: 2,
      stream: "counter/a",
      message: `projection "numbers" can't be brought past the event at position 2: can't take 2`,
    })
    expect(failures).toBe(4) // once in its page, three times by itself
    expect(rebuild.status()).toMatchObject({ state: "failed", progress: { position: 1 } })
    expect(await readNumbers(store)).toEqual({})
    await rebuildProjection(store, numbers).done
    expect(await readNumbers(store)).toEqual({ a: [1, 2, 3] })
  })

  it("parks what can't be applied, if it is told to, in place of what the live projection had parked", async () => {
    await using scene = await open()
    const { store } = scene
    const poisonous = (position: number) => ({
      apply: (_copy: string, events: readonly { readonly position: number }[]) => {
        if (events.some((event) => event.position === position)) throw new Error(`can't take ${position}`)
      },
    })
    const settings = { onFailure: "park", retry: { attempts: 1 } } as const
    const live = await scene.run(projectionSubscription(hooked(numbers, poisonous(1)), settings), quickLeases)
    await count(store, "a", 1, 2)
    await count(store, "b", 1, 2)
    await live.waitFor(await count(store, "c", 1))
    expect((await live.deadLetters.list()).map(({ position }) => position)).toEqual([1, 2])
    const rebuild = rebuildProjection(store, hooked(numbers, poisonous(3)), settings)
    await rebuild.done
    expect(rebuild.status().parked).toBe(2)
    expect(
      (await live.deadLetters.list()).map(({ position, failure }) => [position, failure?.message]),
    ).toEqual([
      [3, "can't take 3"],
      [4, undefined],
    ])
    await live.deadLetters.requeue()
    await live.waitFor(await count(store, "b", 3))
    await eventually(async () => (await live.deadLetters.list()).length === 0)
    expect(await readNumbers(store)).toEqual({ a: [1, 2], b: [1, 2, 3], c: [1] })
  })

  it("frees streams that were parked, if their events can be applied now", async () => {
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
    await eventually(async () => (await store.checkpoints.load("numbers"))[0]?.position === 3)
    mended = true
    await rebuildProjection(store, fragile, settings).done
    // The checkpoint is where it was: the instance that runs must learn of it all the same.
    await count(store, "a", 3)
    await eventually(async () => expect(await readNumbers(store)).toEqual({ a: [1, 2, 3], b: [1] }))
    expect(await live.deadLetters.list()).toEqual([])
  })

  it("tells its progress, also over what its filter leaves out", async () => {
    await using scene = await open()
    const { store } = scene
    await store.append(
      streamId("other", "x"),
      upTo(5).map((n) => counted({ n })),
    )
    await count(store, "a", 1, 2, 3)
    const told: RebuildProgress[] = []
    await rebuildProjection(store, numbers, { pageSize: 2, onProgress: (progress) => told.push(progress) })
      .done
    expect(told[0]).toMatchObject({ position: 0, head: 8, events: 0 })
    expect(told.at(-1)).toMatchObject({ position: 8, head: 8, events: 3, secondsLeft: 0 })
  })

  it("ends at once when it is stopped, also in a handler that doesn't listen, in a backoff and in a pause", async () => {
    await using scene = await open()
    const { store } = scene
    await count(store, "a", 1)
    const gate = createGate()
    const hanging = rebuildProjection(store, hooked(numbers, { apply: () => gate.pass() }))
    await gate.reached
    await hanging.stop()
    expect(hanging.status().state).toBe("stopped")
    gate.open()
    const failing = hooked(numbers, {
      apply: () => {
        throw new Error("no")
      },
    })
    const retrying = rebuildProjection(store, failing, { retry: { delayMs: 1e6, maxDelayMs: 1e6 } })
    await eventually(() => retrying.status().state === "retrying")
    await retrying.stop()
    const abort = new AbortController()
    const paused = rebuildProjection(store, numbers, { signal: abort.signal })
    paused.pause()
    await eventually(() => paused.status().state === "paused")
    abort.abort(new Error("enough"))
    await expect(paused.done).rejects.toThrow("enough")
    expect(await readNumbers(store)).toEqual({})
  })
})
