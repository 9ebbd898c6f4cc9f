import type { StoreOptions } from "@annals/core"
import { expect, it } from "vitest"
import { defineSubscription, type SubscriptionDefinition } from "../../src/index.ts"
import { count, counted, label } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { advanceUntil, failureOf } from "../subjects/waiting.ts"

/** Runs until it has failed, with a handler that takes a1 and not a2. Returns why. */
async function failureWith(options: StoreOptions, settings: { readonly isPermanent?: () => boolean } = {}) {
  await using scene = openMemoryScene(options)
  const definition: SubscriptionDefinition = defineSubscription("s", {
    events: [counted],
    retry: { attempts: 2, delayMs: 1, ...(settings.isPermanent && { isPermanent: settings.isPermanent }) },
    handle: (event) => {
      if (label(event) === "a2") throw new Error("not a2")
    },
  })
  const subscription = await scene.run(definition)
  await count(scene.store, "a", 1, 2)
  await advanceUntil(scene.clock, () => subscription.status().state === "failed")
  const failure = await failureOf(subscription.done)
  expect(failure.code).toBe("SUBSCRIPTION_FAILED")
  return failure.message
}

const fail = (what: string) => () => {
  throw new Error(`${what} is broken`)
}
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

it("isPermanent that throws ends the subscription, for everyone to see", async () => {
  expect(await failureWith({}, { isPermanent: fail("isPermanent") })).toContain("isPermanent is broken")
})

it("a logger that throws ends nothing, and hides no failure", async () => {
  const broken = fail("the logger")
  const logger = { debug: broken, info: broken, warn: broken, error: broken }
  expect(await failureWith({ logger })).toContain("not a2")
})

it("a logger that throws keeps no event from being parked", async () => {
  const broken = fail("the logger")
  await using scene = openMemoryScene({
    logger: { debug: broken, info: broken, warn: broken, error: broken },
  })
  const subscription = await scene.run(
    defineSubscription("s", {
      events: [counted],
      onFailure: "park",
      retry: { attempts: 2, delayMs: 1 },
      handle: fail("the handler"),
    }),
  )
  await count(scene.store, "a", 1)
  await advanceUntil(scene.clock, async () => (await subscription.deadLetters.list()).length === 1)
  expect(subscription.status().state).toBe("live")
})

it.each(["subscription.handled", "subscription.failed", "subscription.rate"])(
  "an observer that can't record %s is logged once, and fails nothing",
  async (name) => {
    const record = (measurement: { readonly name: string }) => {
      if (measurement.name === name) throw new Error("the observer is broken")
    }
    const errors: string[] = []
    const options = {
      observer: { around: <Result>(_: unknown, run: () => Promise<Result>) => run(), record },
      logger: { ...quiet, error: (message: string) => void errors.push(message) },
    }
    expect(await failureWith(options)).toContain("not a2")
    expect(errors.filter((message) => message.includes("observer"))).toHaveLength(1)
  },
)

it.each([undefined, null, Symbol("odd"), Object.create(null)])(
  "what a handler throws is parked, whatever it is",
  async (thrown) => {
    await using scene = openMemoryScene()
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        onFailure: "park",
        retry: { attempts: 1 },
        handle: () => {
          throw thrown
        },
      }),
    )
    await count(scene.store, "a", 1)
    await advanceUntil(scene.clock, async () => (await subscription.deadLetters.list()).length === 1)
    expect(await subscription.deadLetters.list()).toMatchObject([{ version: 1, failure: { attempts: 1 } }])
    expect(subscription.status().state).toBe("live")
  },
)

it("a hint from elsewhere that can't be listened to is no reason not to look", async () => {
  await using scene = openMemoryScene()
  const seen: string[] = []
  const subscription = await scene.run(
    defineSubscription("s", {
      events: [counted],
      handle: (event) => {
        seen.push(label(event))
      },
    }),
    { wakeUps: [{ listen: fail("the bus") }] },
  )
  await count(scene.otherHandle(), "a", 1)
  await advanceUntil(scene.clock, () => seen.length === 1)
  await count(scene.otherHandle(), "a", 2)
  await advanceUntil(scene.clock, () => seen.length === 2)
  await subscription.stop()
})

it("a handler's promise is waited for, also one that can be called", async () => {
  await using scene = openMemoryScene()
  const rejecting = Object.assign(() => {}, {
    // biome-ignore lint/suspicious/noThenProperty: such promises are what this is about
    then: (_: unknown, reject: (error: unknown) => void) => reject(new Error("rejected")),
  })
  const subscription = await scene.run(
    defineSubscription("s", {
      events: [counted],
      retry: { attempts: 1 },
      handle: () => rejecting as unknown as Promise<void>,
    }),
  )
  await count(scene.store, "a", 1)
  await advanceUntil(scene.clock, () => subscription.status().state === "failed")
  expect((await failureOf(subscription.done)).message).toContain("rejected")
})

it("a name must leave room for that of its dead letters", () => {
  expect(() => defineSubscription("n".repeat(987), { handle() {} })).not.toThrow()
  expect(() => defineSubscription("n".repeat(988), { handle() {} })).toThrow(/subscription/)
})
