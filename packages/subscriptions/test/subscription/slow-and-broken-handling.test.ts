import { slotOf, streamId } from "@annals/core"
import { expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted, label, once, readTally, tally } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { advanceUntil } from "../subjects/waiting.ts"

const leaseTtlMs = 1_000

it("a transaction longer than a lease, which keeps heartbeats from the store, commits all the same", async () => {
  await using scene = openMemoryScene()
  let calls = 0
  const subscription = await scene.run(
    defineSubscription("slow", {
      events: [counted],
      transactional: true,
      handle: async (event, { unitOfWork }) => {
        calls++
        await scene.clock.sleep(3 * leaseTtlMs)
        await tally(unitOfWork, event)
      },
    }),
    { leaseTtlMs },
  )
  await count(scene.store, "a", 1)
  await advanceUntil(scene.clock, async () => (await scene.store.checkpoints.load("slow")).length > 0)
  expect(await readTally(scene.store)).toEqual(once("a1"))
  expect(calls).toBe(1)
  expect(subscription.status().failed).toBe(0)
})

it("so does one of a replay", async () => {
  await using scene = openMemoryScene()
  let isMended = false
  let calls = 0
  const subscription = await scene.run(
    defineSubscription("slow", {
      events: [counted],
      transactional: true,
      onFailure: "park",
      retry: { attempts: 1 },
      handle: async (event, { unitOfWork }) => {
        if (!isMended) throw new Error("not mended")
        calls++
        await scene.clock.sleep(3 * leaseTtlMs)
        await tally(unitOfWork, event)
      },
    }),
    { leaseTtlMs },
  )
  await count(scene.store, "a", 1)
  const entries = async () => (await subscription.deadLetters.list()).length
  await advanceUntil(scene.clock, async () => (await entries()) === 1)
  isMended = true
  await subscription.deadLetters.requeue()
  await advanceUntil(scene.clock, async () => (await entries()) === 0)
  expect(await readTally(scene.store)).toEqual(once("a1"))
  expect(calls).toBe(1)
})

it("where a commit fails nobody knows which event it was: each is tried by itself, and no good one is parked", async () => {
  await using scene = openMemoryScene()
  const { transaction } = scene.store
  const handled: string[] = []
  const commitFails: typeof transaction = (work, options) =>
    transaction(async (unitOfWork) => {
      handled.length = 0
      const result = await work(unitOfWork)
      if (handled.includes("b1")) throw new Error("a constraint that is looked at in the end")
      return result
    }, options)
  const subscription = scene.create(
    defineSubscription("s", {
      events: [counted],
      transactional: true,
      onFailure: "park",
      retry: { attempts: 1 },
      handle: async (event, { unitOfWork }) => {
        handled.push(label(event))
        await tally(unitOfWork, event)
      },
    }),
    { store: { ...scene.store, transaction: commitFails } },
  )
  for (const id of ["a", "b", "c"]) await count(scene.store, id, 1)
  await subscription.start()
  await advanceUntil(scene.clock, async () => Object.keys(await readTally(scene.store)).length === 2)
  expect(await readTally(scene.store)).toEqual(once("a1", "c1"))
  expect((await subscription.deadLetters.list()).map(({ stream }) => stream.id)).toEqual(["b"])
})

it("the time that a handler may take begins anew with each event", async () => {
  await using scene = openMemoryScene()
  const seen: string[] = []
  const subscription = scene.create(
    defineSubscription("s", {
      events: [counted],
      timeoutMs: 1_000,
      checkpointEvery: { ms: 60_000 },
      retry: { attempts: 1 },
      handle: async (event) => {
        await scene.clock.sleep(700)
        seen.push(label(event))
      },
    }),
  )
  await count(scene.store, "a", 1, 2, 3)
  await subscription.start()
  await advanceUntil(scene.clock, () => seen.length === 3 || subscription.status().failed > 0)
  expect(subscription.status().failed).toBe(0)
  expect(seen).toEqual(["a1", "a2", "a3"])
})

it("whoever takes over replays a stream that waits for what was discarded", async () => {
  await using scene = openMemoryScene()
  const seen: string[] = []
  const subscription = scene.create(
    defineSubscription("s", {
      events: [counted],
      onFailure: "park",
      handle: (event, { replayed }) => {
        seen.push(`${label(event)}${replayed ? " replayed" : ""}`)
      },
    }),
  )
  await count(scene.store, "a", 1)
  const [event] = await scene.store.readAll().toArray()
  if (event === undefined) throw new Error("nothing was appended")
  const stream = { tenant: "", ...streamId("counter", "a") }
  const { id: eventId, type, version, position } = event
  await scene.store.deadLetters.park("subscription:s", [
    { stream, version, position, eventId, type, slot: slotOf(stream) },
  ])
  await scene.store.checkpoints.reset("s", position)
  await subscription.start()
  await count(scene.store, "a", 2)
  await advanceUntil(scene.clock, () => seen.length === 2)
  expect(seen).toEqual(["a1 replayed", "a2"])
})
