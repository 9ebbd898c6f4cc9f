import { type EventStore, systemClock } from "@annals/core"
import { expect, it } from "vitest"
import { describeStores } from "../subjects/stores.ts"
import { eventually } from "../subjects/waiting.ts"
import { TestInstance, type TestInstanceOptions } from "./test-instance.ts"

/** So long that no machine is too slow to keep it up. Heartbeats are asked for, not waited for. */
const longMs = 60_000
const shortMs = 400

describeStores("instances that share a subscription", (open) => {
  it("each get their part, under fences that hold, when they join and when others leave", async () => {
    await using scene = await open()
    const instances = ["a", "b", "c"].map((owner) => join(scene.otherHandle(), { owner }))
    const [a, b, c] = instances as [TestInstance, TestInstance, TestInstance]
    await renewUntil(instances, () => isShared(instances, [11, 11, 10]))
    expect(await scene.store.leases.holds(fencesOf(instances))).toBe(true)
    expect(new Set(instances.flatMap(({ held }) => held)).size).toBe(32)

    const [lost] = fencesOf([a])
    await a.membership.stop()
    await renewUntil([b, c], () => isShared([b, c], [16, 16]))
    expect(await scene.store.leases.holds(fencesOf([b, c]))).toBe(true)
    expect(await scene.store.leases.holds(lost === undefined ? [] : [lost])).toBe(false)

    await Promise.all([b.membership.stop(), c.membership.stop()])
    expect(await scene.store.leases.inspect("g")).toMatchObject({ owners: [], leases: [] })
    expect(instances.flatMap(({ errors }) => errors)).toEqual([])
  })

  it("follow one that died when its time is over, and it finds nothing of its own when it comes back", async () => {
    await using scene = await open()
    const a = join(scene.otherHandle(), { owner: "a", ttlMs: shortMs, instances: "one-active" })
    await eventually(() => a.held.length === 1)
    const [lost] = fencesOf([a])
    a.freeze()
    const b = join(scene.otherHandle(), { owner: "b", ttlMs: longMs, instances: "one-active" })
    await renewUntil([b], () => b.held.length === 1)
    expect(fencesOf([b])).toMatchObject([{ owner: "b", number: 2 }])
    expect(await scene.store.leases.holds(lost === undefined ? [] : [lost])).toBe(false)
    a.thaw()
    await eventually(() => a.held.length === 0)
    await a.membership.renew()
    expect([a.held.length, b.held.length]).toEqual([0, 1])
    await Promise.all([a.membership.stop(), b.membership.stop()])
  })

  it("don't rob one that is slow to give up", async () => {
    await using scene = await open()
    const a = join(scene.otherHandle(), { owner: "a", givesUp: false })
    await eventually(() => a.held.length === 32)
    const b = join(scene.otherHandle(), { owner: "b" })
    for (let round = 0; round < 10; round++) {
      await b.membership.renew()
      await a.membership.renew()
    }
    expect([a.held.length, a.membership.holding.surplus.length, b.held.length]).toEqual([32, 16, 0])
    await a.membership.released(a.membership.holding.surplus)
    await b.membership.renew()
    expect([a.held.length, b.held.length]).toEqual([16, 16])
    await Promise.all([a.membership.stop(), b.membership.stop()])
  })

  // A store with one writer at a time sends no heartbeat beside a unit of work.
  it("keep what a unit of work relies on that takes longer than their time, renewed in it", async () => {
    await using scene = await open()
    const own = scene.otherHandle()
    const a = join(own, { owner: "a", ttlMs: shortMs, instances: "one-active" })
    await eventually(() => a.held.length === 1)
    const fences = fencesOf([a])
    const outcome = await own.transaction(async ({ leases, checkpoints }) => {
      await systemClock.sleep(2 * shortMs)
      await leases.heartbeat("g", "a", longMs)
      return checkpoints.advance("g", { from: 0, to: 1, fences })
    })
    expect(outcome).toBe("advanced")
    await eventually(() => a.held.length === 1)
    expect(fencesOf([a])).toEqual(fences)
    await a.membership.stop()
  })
})

function join(store: EventStore, options: TestInstanceOptions): TestInstance {
  return new TestInstance(store, systemClock, { ttlMs: longMs, random: Math.random, ...options })
}

function fencesOf(instances: readonly TestInstance[]) {
  return instances.flatMap(({ membership }) => membership.holding.held.map(({ fence }) => fence))
}

async function renewUntil(instances: readonly TestInstance[], check: () => boolean): Promise<void> {
  await eventually(async () => {
    await Promise.all(instances.map(({ membership }) => membership.renew()))
    return check()
  })
}

function isShared(instances: readonly TestInstance[], parts: readonly number[]): boolean {
  const counts = instances.map(({ held }) => held.length)
  return counts.toSorted((left, right) => right - left).join() === parts.join()
}
