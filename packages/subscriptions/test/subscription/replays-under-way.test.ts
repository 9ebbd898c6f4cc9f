import { expect, it } from "vitest"
import { createSubscription, defineSubscription } from "../../src/index.ts"
import { count, counted, label, upTo } from "../subjects/counting.ts"
import { type MemoryScene, openMemoryScene } from "../subjects/memory-scene.ts"
import { advanceUntil, createGate, settle } from "../subjects/waiting.ts"

/** A handler that takes nothing of stream `a` until it is mended. */
function mendable(handle: (label: string) => void | Promise<void> = () => {}) {
  const seen: string[] = []
  let isMended = false
  const definition = defineSubscription("mendable", {
    events: [counted],
    onFailure: "park",
    retry: { attempts: 1 },
    timeoutMs: 3_600_000,
    handle: async (event) => {
      const one = label(event)
      if (!isMended && one.startsWith("a")) throw new Error("not mended")
      if (isMended) await handle(one)
      seen.push(one)
    },
  })
  const mend = () => {
    isMended = true
  }
  return { definition, seen, mend }
}

async function parkedEntries(scene: MemoryScene) {
  const entries = await scene.store.deadLetters.list({ limit: 1000 })
  return entries.map(({ version, status, failure }) => ({ version, status, why: failure?.message }))
}

const untilParked = (scene: MemoryScene, entries: number) =>
  advanceUntil(scene.clock, async () => (await parkedEntries(scene)).length === entries)

it("a replay that is interrupted before its handler is called leaves its event where it is", async () => {
  await using scene = openMemoryScene()
  const { definition, seen, mend } = mendable()
  const subscription = await scene.run(definition)
  await count(scene.store, "a", 1, 2)
  await untilParked(scene, 2)
  mend()
  scene.duringNextRead(() => subscription.pause())
  await subscription.deadLetters.requeue()
  await settle()
  expect(subscription.status().state).toBe("paused")
  subscription.resume()
  await untilParked(scene, 0)
  expect(seen).toEqual(["a1", "a2"])
})

it("a replay that a stop gave up is no failure: its stream stays requeued", async () => {
  await using scene = openMemoryScene()
  const gate = createGate()
  const { definition, mend } = mendable(() => gate.pass())
  const subscription = await scene.run(definition)
  await count(scene.store, "a", 1, 2)
  await untilParked(scene, 2)
  mend()
  await subscription.deadLetters.requeue()
  await gate.reached
  let isStopped = false
  void subscription.stop({ timeoutMs: 100 }).then(() => {
    isStopped = true
  })
  await advanceUntil(scene.clock, () => isStopped)
  expect(await parkedEntries(scene)).toEqual([
    { version: 1, status: "requeued", why: "not mended" },
    { version: 2, status: "requeued", why: undefined },
  ])
  gate.open()
  await subscription.start()
  await untilParked(scene, 0)
})

it("a replay that fails when others have its slots doesn't take the mark off what they are to replay", async () => {
  await using scene = openMemoryScene()
  const gate = createGate()
  const failing = mendable(async () => {
    await gate.pass()
    throw new Error("too late")
  })
  let isCut = false
  const { leases } = scene.store
  const heartbeat: typeof leases.heartbeat = async (...given) => {
    if (isCut) throw new Error("cut off (by a test)")
    return leases.heartbeat(...given)
  }
  const store = { ...scene.store, leases: { ...leases, heartbeat } }
  const loser = scene.keep(createSubscription(store, failing.definition, { instance: "loser" }))
  await loser.start()
  await count(scene.store, "a", 1)
  await untilParked(scene, 1)
  failing.mend()
  await loser.deadLetters.requeue()
  await gate.reached

  isCut = true
  const taking = mendable()
  taking.mend()
  const holdUp = createGate()
  const { checkpoints } = scene.store
  const load: typeof checkpoints.load = async (name) => {
    await holdUp.pass() // it has the slots, and hasn't looked at what is parked
    return checkpoints.load(name)
  }
  const slow = { ...scene.store, checkpoints: { ...checkpoints, load } }
  const winner = scene.keep(createSubscription(slow, taking.definition, { instance: "winner" }))
  void winner.start().catch(() => {})
  await advanceUntil(scene.clock, () => winner.status().slots > 0)
  await holdUp.reached
  gate.open()
  await settle()
  expect(await parkedEntries(scene)).toEqual([{ version: 1, status: "requeued", why: "not mended" }])
  holdUp.open()
  await untilParked(scene, 0)
  expect(taking.seen).toEqual(["a1"])
})

it("live events get their turns between those of a long replay", async () => {
  await using scene = openMemoryScene()
  let turns = 0
  const { definition, seen, mend } = mendable(async () => {
    if (++turns === 10) await count(scene.otherHandle(), "live", 1)
  })
  const subscription = await scene.run(definition)
  await count(scene.store, "a", ...upTo(600))
  await untilParked(scene, 600)
  mend()
  await subscription.deadLetters.requeue()
  await advanceUntil(scene.clock, () => seen.length === 601)
  expect(seen.indexOf("live1")).toBeLessThan(300)
  expect(seen.filter((one) => one !== "live1")).toEqual(upTo(600).map((n) => `a${n}`))
})
