import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import type { Fence, LeaseStore } from "@annals/core"
import { usingService } from "@annals/services"
import { describe, it } from "vitest"
import { createPortFixture } from "./port-fixture.ts"

const longMs = 3_600_000
const shortMs = 300

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    describe("leases on PostgreSQL", { timeout: 60_000 }, () => {
      it("are given to nobody while a unit of work relies on them, and their release waits for it", async () => {
        await using fixture = await createPortFixture(url)
        const { leases } = fixture.ports
        const fence = await take(leases, "a")
        await leases.heartbeat("g", "b", longMs)
        const tx = await fixture.begin()
        assert.equal(await tx.ports.checkpoints.advance("s", { from: 0, to: 1, fences: [fence] }), "advanced")
        const releasing = leases.release("g", "a", ["r"])
        await fixture.untilWaiting(1)
        assert.deepEqual(await leases.acquire("g", "b", ["r"]), [])
        await tx.commit()
        await releasing
        assert.equal((await leases.acquire("g", "b", ["r"]))[0]?.fence, fence.number + 1)
        assert.equal(await leases.holds([fence]), false)
      })

      it("are given to nobody while a unit of work relies on them, also when their owner expires", async () => {
        await using fixture = await createPortFixture(url)
        const { leases } = fixture.ports
        const fence = await take(leases, "a")
        await leases.heartbeat("g", "b", longMs)
        const tx = await fixture.begin()
        assert.equal(await tx.ports.leases.holds([fence]), true)
        await expire(leases, "a")
        assert.deepEqual(await leases.acquire("g", "b", ["r"]), [])
        await tx.commit()
        assert.equal((await leases.acquire("g", "b", ["r"])).length, 1)
      })

      it("are judged by the time that it is, not by when the transaction began", async () => {
        await using fixture = await createPortFixture(url)
        const { leases } = fixture.ports
        const tx = await fixture.begin()
        await tx.ports.leases.inspect("g")
        const fence = await take(leases, "a")
        await expire(leases, "a")
        assert.equal(await tx.ports.leases.holds([fence]), false)
        assert.equal(await tx.ports.checkpoints.advance("s", { from: 0, to: 1, fences: [fence] }), "fenced")
        await tx.rollback()
      })

      it("fence off a step that waited while they were given away", async () => {
        await using fixture = await createPortFixture(url)
        const { leases, checkpoints } = fixture.ports
        const fence = await take(leases, "a")
        await leases.heartbeat("g", "b", longMs)
        const tx = await fixture.begin()
        await tx.ports.leases.release("g", "a", ["r"])
        await tx.ports.leases.acquire("g", "b", ["r"])
        const waiting = checkpoints.advance("s", { from: 0, to: 1, fences: [fence] })
        await fixture.untilWaiting(1)
        await tx.commit()
        assert.equal(await waiting, "fenced")
        assert.deepEqual(await checkpoints.list(), [])
      })

      it("don't hold up the heartbeat of the owner whose unit of work relies on them", async () => {
        await using fixture = await createPortFixture(url)
        const { leases } = fixture.ports
        const fence = await take(leases, "a")
        const tx = await fixture.begin()
        await tx.ports.leases.holds([fence])
        assert.deepEqual((await leases.heartbeat("g", "a", longMs)).owners, ["a"])
        await leases.heartbeat("g", "b", longMs)
        assert.deepEqual(await leases.acquire("g", "b", ["r"]), [])
        await tx.commit()
      })

      it("let several units of work rely on one at a time", async () => {
        await using fixture = await createPortFixture(url)
        const fence = await take(fixture.ports.leases, "a")
        const [x, y] = [await fixture.begin(), await fixture.begin()]
        for (const tx of [x, y]) assert.equal(await tx.ports.leases.holds([fence, fence]), true)
        await x.commit()
        await y.commit()
      })

      it("go to exactly one of those who race for what was given back, round after round", async () => {
        await using fixture = await createPortFixture(url)
        const { leases } = fixture.ports
        const owners = ["a", "b", "c", "d"]
        for (const owner of owners) await leases.heartbeat("g", owner, longMs)
        const resources = ["r1", "r2", "r3"]
        for (let round = 1; round <= 20; round++) {
          const taken = (
            await Promise.all(owners.map((owner) => leases.acquire("g", owner, resources)))
          ).flat()
          const left = (await leases.acquire("g", "a", resources)).concat(taken)
          assert.deepEqual(left.map((lease) => [lease.resource, lease.fence]).sort(), [
            ["r1", round],
            ["r2", round],
            ["r3", round],
          ])
          await Promise.all(owners.map((owner) => leases.release("g", owner, resources)))
        }
      })
    })
  })
}

async function take(leases: LeaseStore, owner: string): Promise<Fence> {
  await leases.heartbeat("g", owner, longMs)
  const [lease] = await leases.acquire("g", owner, ["r"])
  assert.ok(lease)
  return { group: "g", resource: "r", owner, number: lease.fence }
}

/** From its last sign of life until it counts as dead. */
async function expire(leases: LeaseStore, owner: string): Promise<void> {
  await leases.heartbeat("g", owner, shortMs)
  while ((await leases.inspect("g")).owners.includes(owner)) await sleep(20)
}
