import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import type { LeaseStore } from "@annals/core"
import { together } from "../event-store/sample-events.ts"
import type { Runner } from "../runner.ts"
import type { CreatePorts } from "./port-subject.ts"

/** Long enough to outlive any test. */
const longMs = 3_600_000
/** Short enough to wait for, where the clock isn't the test's to move. Nothing is to be done within it: on a busy machine it may be over before. */
const shortMs = 400

/** What `LeaseStore` promises: one living holder at a time, and a fence that rises. */
export function leaseStoreConformance({ describe, it }: Runner, create: CreatePorts<"leases">): void {
  describe("LeaseStore", () => {
    it("knows who is alive, sorted", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      assert.deepEqual((await leases.inspect("g")).owners, [])
      await leases.heartbeat("g", "b", longMs)
      const group = await leases.heartbeat("g", "a", longMs)
      assert.deepEqual(group.owners, ["a", "b"])
      assert.deepEqual(group.leases, [])
      assert.deepEqual((await leases.inspect("other")).owners, [])
    })

    it("gives a free resource to a living owner", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      await leases.heartbeat("g", "a", longMs)
      const taken = await leases.acquire("g", "a", ["r2", "r1"])
      assert.deepEqual(taken.map((lease) => [lease.resource, lease.owner]).toSorted(), [
        ["r1", "a"],
        ["r2", "a"],
      ])
      assert.ok(taken.every((lease) => lease.fence >= 1))
      assert.deepEqual(
        (await leases.inspect("g")).leases.map((lease) => lease.resource),
        ["r1", "r2"],
      )
    })

    it("gives nothing to an owner without a heartbeat", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      assert.deepEqual(await leases.acquire("g", "a", ["r"]), [])
      assert.deepEqual((await leases.inspect("g")).leases, [])
    })

    it("gives only what nobody alive holds", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      await join(leases, "a", "b")
      await leases.acquire("g", "a", ["r1"])
      const taken = await leases.acquire("g", "b", ["r1", "r2"])
      assert.deepEqual(
        taken.map((lease) => lease.resource),
        ["r2"],
      )
      assert.deepEqual(
        (await leases.inspect("g")).leases.map((lease) => [lease.resource, lease.owner]),
        [
          ["r1", "a"],
          ["r2", "b"],
        ],
      )
    })

    it("keeps groups apart", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      await join(leases, "a")
      await leases.heartbeat("h", "b", longMs)
      await leases.acquire("g", "a", ["r"])
      assert.equal((await leases.acquire("h", "b", ["r"])).length, 1)
    })

    it("gives a resource to one of ten that race for it", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      const owners = Array.from({ length: 10 }, (_, index) => `owner-${index}`)
      await join(leases, ...owners)
      const taken = await together(10, (index) => leases.acquire("g", owners[index] as string, ["r"]))
      assert.equal(taken.flat().length, 1)
    })

    it("raises the fence with every new holder", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      await join(leases, "a", "b")
      const fences: number[] = []
      for (const owner of ["a", "b", "a", "b"]) {
        const [lease] = await leases.acquire("g", owner, ["r"])
        fences.push(lease?.fence as number)
        await leases.release("g", owner, ["r"])
      }
      assert.deepEqual(
        fences,
        [...new Set(fences)].toSorted((x, y) => x - y),
        "each is higher than all before",
      )
    })

    it("raises the fence also over a time without any owner", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      await join(leases, "a")
      const [first] = await leases.acquire("g", "a", ["r"])
      await leases.leave("g", "a")
      assert.deepEqual((await leases.inspect("g")).owners, [])
      await join(leases, "b")
      const [second] = await leases.acquire("g", "b", ["r"])
      assert.ok((second?.fence as number) > (first?.fence as number))
    })

    it("takes back what an owner releases, and nothing that isn't its own", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      await join(leases, "a", "b")
      await leases.acquire("g", "a", ["r1", "r2"])
      await leases.release("g", "b", ["r1"])
      await leases.release("g", "a", ["r2", "nowhere"])
      assert.deepEqual(
        (await leases.inspect("g")).leases.map((lease) => lease.resource),
        ["r1"],
      )
    })

    it("takes back everything when an owner leaves", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      await join(leases, "a", "b")
      await leases.acquire("g", "a", ["r1", "r2"])
      await leases.leave("g", "a")
      const group = await leases.inspect("g")
      assert.deepEqual([group.owners, group.leases], [["b"], []])
      assert.equal((await leases.acquire("g", "b", ["r1", "r2"])).length, 2)
    })

    it("holds a lease under its own number and owner only", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      await join(leases, "a", "b")
      const [lease] = await leases.acquire("g", "a", ["r"])
      const fence = { group: "g", resource: "r", owner: "a", number: lease?.fence as number }
      assert.equal(await leases.holds([fence]), true)
      for (const other of [{ owner: "b" }, { number: fence.number + 1 }, { resource: "q" }, { group: "h" }]) {
        assert.equal(await leases.holds([{ ...fence, ...other }]), false, JSON.stringify(other))
        assert.equal(await leases.holds([fence, { ...fence, ...other }]), false, "all must hold")
      }
      await leases.release("g", "a", ["r"])
      assert.equal(await leases.holds([fence]), false)
    })

    it("takes an owner for dead when its time is up, and gives what it held to another", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      await join(leases, "slow", "b")
      const [lost] = await leases.acquire("g", "slow", ["r"])
      await expire(subject, "slow")
      assert.deepEqual((await leases.inspect("g")).leases, [])
      const [taken] = await leases.acquire("g", "b", ["r"])
      assert.ok((taken?.fence as number) > (lost?.fence as number))
      const fence = { group: "g", resource: "r", owner: "slow", number: lost?.fence as number }
      assert.equal(await leases.holds([fence]), false)
      await leases.heartbeat("g", "slow", longMs)
      assert.equal(await leases.holds([fence]), false, "also when it comes back to life")
      assert.deepEqual(await leases.acquire("g", "slow", ["r"]), [])
    })

    it("lets an owner that comes back hold what nobody took meanwhile", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      await join(leases, "slow", "b")
      const held = await leases.acquire("g", "slow", ["r1", "r2"])
      await expire(subject, "slow")
      await leases.acquire("g", "b", ["r1"])
      const group = await leases.heartbeat("g", "slow", longMs)
      assert.deepEqual(
        group.leases.map((lease) => [lease.resource, lease.owner]),
        [
          ["r1", "b"],
          ["r2", "slow"],
        ],
      )
      const r2 = held.find((lease) => lease.resource === "r2")
      assert.equal(
        await leases.holds([{ group: "g", resource: "r2", owner: "slow", number: r2?.fence as number }]),
        true,
      )
    })

    it("keeps an owner alive that renews in time", async () => {
      await using subject = await create()
      const { leases } = subject.ports
      await join(leases, "a", "short")
      await leases.acquire("g", "a", ["r"])
      await leases.heartbeat("g", "a", shortMs)
      await leases.heartbeat("g", "a", longMs)
      await expire(subject, "short")
      const group = await leases.inspect("g")
      assert.deepEqual([group.owners, group.leases.map((lease) => lease.owner)], [["a"], ["a"]])
    })
  })
}

async function join(leases: LeaseStore, ...owners: readonly string[]): Promise<void> {
  for (const owner of owners) await leases.heartbeat("g", owner, longMs)
}

/** From its last sign of life until the store takes the owner for dead: by its own clock, whichever that is. */
async function expire(subject: Awaited<ReturnType<CreatePorts<"leases">>>, owner: string): Promise<void> {
  await subject.ports.leases.heartbeat("g", owner, shortMs)
  await subject.elapse?.(shortMs + 1)
  while ((await subject.ports.leases.inspect("g")).owners.includes(owner)) await sleep(20)
}
