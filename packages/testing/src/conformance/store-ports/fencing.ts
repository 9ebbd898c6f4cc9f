import assert from "node:assert/strict"
import type { Runner } from "../runner.ts"
import type { CreatePorts } from "./port-subject.ts"

/** Checkpoints that only the holder of a lease can move. */
export function fencing({ describe, it }: Runner, create: CreatePorts<"checkpoints" | "leases">): void {
  describe("a checkpoint behind a fence", () => {
    it("moves while the lease is held, and stays once it is not", async () => {
      await using subject = await create()
      const { checkpoints, leases } = subject.ports
      await leases.heartbeat("g", "a", 3_600_000)
      await leases.heartbeat("g", "b", 3_600_000)
      const [lease] = await leases.acquire("g", "a", ["r"])
      const fences = [{ group: "g", resource: "r", owner: "a", number: lease?.fence as number }]
      assert.equal(await checkpoints.advance("s", { from: 0, to: 1, fences }), "advanced")
      await leases.release("g", "a", ["r"])
      const [taken] = await leases.acquire("g", "b", ["r"])
      assert.equal(await checkpoints.advance("s", { from: 1, to: 2, fences }), "fenced")
      assert.equal((await checkpoints.load("s"))[0]?.position, 1)
      const others = [{ group: "g", resource: "r", owner: "b", number: taken?.fence as number }]
      assert.equal(await checkpoints.advance("s", { from: 1, to: 2, fences: others }), "advanced")
    })

    it("stays when one of several leases is lost", async () => {
      await using subject = await create()
      const { checkpoints, leases } = subject.ports
      await leases.heartbeat("g", "a", 3_600_000)
      const held = await leases.acquire("g", "a", ["r1", "r2"])
      const fences = held.map(({ resource, owner, fence }) => ({
        group: "g",
        resource,
        owner,
        number: fence,
      }))
      await leases.release("g", "a", ["r2"])
      assert.equal(await checkpoints.advance("s", { from: 0, to: 1, fences }), "fenced")
      assert.deepEqual(await checkpoints.load("s"), [])
    })
  })
}
