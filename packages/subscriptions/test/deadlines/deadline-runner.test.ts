import { createMemoryStoreDriver, createStore, type EventStore, type WakeUps } from "@annals/core"
import { createFakeClock, createFaultyDriver } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { createDeadlineRunner, createSubscription, type DeadlineRunner } from "../../src/index.ts"
import { jumpTo, longLease, passTime } from "../subjects/passing-time.ts"
import { describeStores } from "../subjects/stores.ts"
import { eventually, failureOf } from "../subjects/waiting.ts"
import { ask, callOff, over, reminders, said } from "./reminders.ts"

const yearMs = 365 * 24 * 3_600_000

describeStores("a deadline runner", (open) => {
  it("records deadlines in the order of their times, whoever asked first", async () => {
    const clock = createFakeClock()
    await using scene = await open({ clock })
    const { store } = scene
    const start = clock.now()
    await ask(store, "a", start + 3_000, "third")
    await ask(store, "b", start + 1_000, "first")
    await ask(store, "a", start + 2_000, "second")
    const process = await scene.run(reminders, longLease)
    await passTime(clock, () => process.status().handled === 3)
    const runner = scene.keep(createDeadlineRunner(store))
    await jumpTo(clock, start + 3_000)
    await runner.start()
    // What the process manager appends meanwhile may hold readers back for as long as it is in flight.
    await eventually(async () => expect(await over(store)).toEqual(["first", "second", "third"]))
    await passTime(clock, async () => (await said(store)).length === 3)
    expect(await said(store)).toEqual(["first", "second", "third"])
    expect(runner.status()).toMatchObject({ state: "live", handled: 3, failed: 0, nextDueAt: undefined })
  })

  it("records each once, though several run on several handles", async () => {
    const clock = createFakeClock()
    await using scene = await open({ clock })
    const { store } = scene
    const texts = Array.from({ length: 30 }, (_, index) => `text ${index}`)
    for (const text of texts) await ask(store, text, clock.now() + 1_000, text)
    const process = await scene.run(reminders, longLease)
    await passTime(clock, () => process.status().handled === texts.length)
    await jumpTo(clock, clock.now() + 1_000)
    const runners = [store, scene.otherHandle(), scene.otherHandle()].map((handle) =>
      scene.keep(createDeadlineRunner(handle)),
    )
    for (const runner of runners) void runner.start()
    await passTime(clock, async () => (await said(store)).length >= texts.length)
    expect((await over(store)).sort()).toEqual(texts.toSorted())
    expect((await said(store)).sort()).toEqual(texts.toSorted())
    expect(runners.reduce((sum, runner) => sum + runner.status().handled, 0)).toBe(texts.length)
  })

  it("says only the newest of what is put off or brought forward, and nothing that is called off", async () => {
    const clock = createFakeClock()
    await using scene = await open({ clock })
    const { store } = scene
    const start = clock.now()
    await ask(store, "a", start + 1_000, "too early", "put off")
    await ask(store, "a", start + 3_000, "in time", "put off")
    await ask(store, "a", start + 9_000, "too late", "forward")
    await ask(store, "a", start + 2_000, "at once", "forward")
    await ask(store, "a", start + 1_000, "never")
    await callOff(store, "a", "never")
    await callOff(store, "a", "what isn't there")
    const process = await scene.run(reminders, longLease)
    await passTime(clock, () => process.status().handled === 7)
    await jumpTo(clock, start + 10_000)
    await scene.keep(createDeadlineRunner(store)).start()
    await passTime(clock, async () => (await said(store)).length === 2)
    expect(await said(store)).toEqual(["at once", "in time"])
  })

  it("has a deadline ignored that was put off when it was over already", async () => {
    const clock = createFakeClock()
    await using scene = await open({ clock })
    const { store } = scene
    const start = clock.now()
    await ask(store, "a", start + 1_000, "too early", "one")
    const before = await scene.run(reminders, longLease)
    await passTime(clock, () => before.status().handled === 1)
    await before.stop()
    await ask(store, "a", start + 60_000, "in time", "one")
    await jumpTo(clock, start + 1_000)
    const runner = scene.keep(createDeadlineRunner(store))
    await runner.start()
    const after = await scene.run(reminders, longLease)
    await passTime(clock, () => after.status().handled === 2)
    expect([await over(store), await said(store)]).toEqual([["too early"], []])
    await jumpTo(clock, start + 60_000)
    await passTime(clock, async () => (await said(store)).length === 1)
    expect(await said(store)).toEqual(["in time"])
  })

  it("finds a deadline that is scheduled before the one it waits for", async () => {
    const clock = createFakeClock()
    await using scene = await open({ clock })
    const { store } = scene
    await scene.run(reminders, longLease)
    const runner = scene.keep(createDeadlineRunner(store, { pollIntervalMs: yearMs / 100 }))
    await runner.start()
    const far = clock.now() + 300 * yearMs
    await ask(store, "a", far, "far")
    await passTime(clock, () => runner.status().nextDueAt === far)
    const near = clock.now() + 60_000
    await ask(store, "a", near, "near")
    await passTime(clock, () => runner.status().nextDueAt === near)
    await jumpTo(clock, near)
    await passTime(clock, async () => (await said(store)).length === 1)
    expect([await said(store), runner.status().nextDueAt]).toEqual([["near"], far])
  })

  it("records nothing while it is paused or stopped, and goes on afterwards", async () => {
    const clock = createFakeClock()
    await using scene = await open({ clock })
    const { store } = scene
    await scene.run(reminders, longLease)
    const runner = scene.keep(createDeadlineRunner(store))
    await runner.start()
    await runner.start()
    await ask(store, "a", clock.now() + 60_000, "one")
    await passTime(clock, () => runner.status().nextDueAt !== undefined)
    runner.pause()
    await jumpTo(clock, clock.now() + 60_000)
    expect([runner.status().state, await over(store)]).toEqual(["paused", []])
    const stopping = runner.stop()
    await stopping
    await runner.done
    expect([runner.status().state, await over(store)]).toEqual(["stopped", []])
    await runner.start()
    expect(runner.status().state).toBe("paused")
    runner.resume()
    await passTime(clock, async () => (await said(store)).length === 1)
    await runner.stop()
    await runner.stop()
  })
})

describe("a deadline runner, whatever happens", () => {
  it("finds what no wake-up tells of within its poll interval, and never sleeps for longer than that", async () => {
    await using scene = await memoryScene({ listen: () => ({ [Symbol.dispose]: () => {} }) })
    const { clock, store, runner } = scene
    await ask(store, "a", clock.now() + 10_000, "one")
    await scene.schedule()
    expect(runner.status().nextDueAt).toBe(undefined)
    await clock.advance(5_000)
    expect(runner.status().nextDueAt).not.toBe(undefined)
    await clock.advance(5_000)
    await passTime(clock, async () => (await over(store)).length === 1)
    expect(clock.slept.filter((milliseconds) => milliseconds > 5_000)).toEqual([])
  })

  it("waits again for a deadline when the clock is set back", async () => {
    await using scene = await memoryScene()
    const { clock, store, runner } = scene
    const start = clock.now()
    await ask(store, "a", start + 10_000, "one")
    await scene.schedule()
    await passTime(clock, () => runner.status().nextDueAt !== undefined)
    clock.set(start - 100_000)
    await clock.advance(105_000)
    expect(await over(store)).toEqual([])
    await clock.advance(5_000)
    await passTime(clock, async () => (await over(store)).length === 1)
    expect(clock.now()).toBeLessThan(start + 11_000)
  })

  it("tries again after an error, and shows it", async () => {
    await using scene = await memoryScene()
    const { clock, store, runner, faulty } = scene
    await ask(store, "a", clock.now() + 10_000, "one")
    await scene.schedule()
    await passTime(clock, () => runner.status().nextDueAt !== undefined)
    faulty.fail("transaction", "before", { times: 2 })
    await clock.advance(10_000)
    await eventually(() => expect(runner.status()).toMatchObject({ state: "retrying", failed: 1 }))
    await passTime(clock, async () => (await over(store)).length === 1)
    await passTime(clock, () => runner.status().state === "live")
    expect(runner.status()).toMatchObject({ failed: 2, handled: 1 })
    expect(runner.status().lastError).toMatchObject({ code: "STORE_UNAVAILABLE" })
  })

  it("records a deadline once though the end of its transaction was lost", async () => {
    await using scene = await memoryScene()
    const { clock, store, runner, faulty } = scene
    await ask(store, "a", clock.now() + 10_000, "one")
    await scene.schedule()
    await passTime(clock, () => runner.status().nextDueAt !== undefined)
    faulty.fail("transaction", "after")
    await clock.advance(10_000)
    await eventually(() => expect(runner.status().failed).toBe(1))
    await clock.advance(60_000)
    expect(await over(store)).toEqual(["one"])
  })

  it("holds no deadline back because of one that can't be recorded", async () => {
    await using scene = await memoryScene()
    const { clock, store, runner } = scene
    await ask(store, "a", clock.now() + 10_000, "spoilt")
    await ask(store, "a", clock.now() + 10_001, "good")
    await scene.schedule()
    const { rows } = await store.readModels.find("$deadlines")
    for (const { id, value } of rows) {
      const deadline = value as { id: string; event: object }
      if (deadline.id === "spoilt") {
        await store.readModels.save("$deadlines", id, {
          ...deadline,
          event: { ...deadline.event, id: "no UUID" },
        })
      }
    }
    await clock.advance(20_000)
    await passTime(clock, async () => (await over(store)).length === 1)
    expect(await over(store)).toEqual(["good"])
    expect(runner.status().state).toBe("retrying")
  })

  it("fails when its store is closed under it", async () => {
    await using scene = await memoryScene()
    const { clock, store, runner } = scene
    await store.close()
    await clock.advance(5_000)
    expect(await failureOf(runner.done)).toMatchObject({ code: "SUBSCRIPTION_FAILED" })
    expect(runner.status().state).toBe("failed")
    expect(await failureOf(runner.start())).toMatchObject({ code: "CLOSED" })
  })

  it("refuses an interval that no timer can wait for", () => {
    const store = createStore(createMemoryStoreDriver(createFakeClock()))
    for (const pollIntervalMs of [0, 0.5, 2 ** 31, Number.NaN]) {
      expect(() => createDeadlineRunner(store, { pollIntervalMs })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION", path: "pollIntervalMs" }),
      )
    }
  })
})

/** A running runner on a memory store that can be made to fail. */
async function memoryScene(wakeUps?: WakeUps) {
  const fake = createFakeClock()
  const slept: number[] = []
  const clock = {
    ...fake,
    slept,
    sleep(milliseconds: number, signal?: AbortSignal) {
      slept.push(milliseconds)
      return fake.sleep(milliseconds, signal)
    },
  }
  const faulty = createFaultyDriver(createMemoryStoreDriver(clock))
  const store = createStore(faulty.driver, { clock }) as EventStore
  const watched: EventStore = wakeUps === undefined ? store : { ...store, wakeUps }
  const runner: DeadlineRunner = createDeadlineRunner(watched)
  await runner.start()
  return {
    clock,
    faulty,
    store,
    runner,
    /** Has the process manager handle what was asked for. */
    async schedule() {
      const process = createSubscription(store, reminders)
      await process.start()
      const head = await store.head()
      await passTime(clock, () => (process.status().position ?? 0) >= head)
      await process[Symbol.asyncDispose]()
      slept.length = 0
    },
    async [Symbol.asyncDispose]() {
      await runner.stop()
      await store.close()
    },
  }
}
