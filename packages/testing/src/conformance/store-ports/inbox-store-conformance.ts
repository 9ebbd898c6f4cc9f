import assert from "node:assert/strict"
import { sequentialId } from "../../fixtures/sequential-ids.ts"
import { together } from "../event-store/sample-events.ts"
import type { Runner } from "../runner.ts"
import type { CreatePorts } from "./port-subject.ts"

const stream = { tenant: "", category: "account", id: "alice" }

/** What `InboxStore` promises: a second delivery is recognised as one. */
export function inboxStoreConformance({ describe, it }: Runner, create: CreatePorts<"inbox">): void {
  describe("InboxStore", () => {
    it("takes each version of a stream once, in rising order", async () => {
      await using subject = await create()
      const { inbox } = subject.ports
      assert.equal(await inbox.lastVersion("c", "s", stream), 0)
      assert.equal(await inbox.takeVersion("c", "s", stream, 1), true)
      assert.equal(await inbox.takeVersion("c", "s", stream, 1), false)
      assert.equal(await inbox.takeVersion("c", "s", stream, 4), true)
      assert.equal(await inbox.takeVersion("c", "s", stream, 3), false)
      assert.equal(await inbox.lastVersion("c", "s", stream), 4)
    })

    it("keeps consumers, sources, tenants and streams apart", async () => {
      await using subject = await create()
      const { inbox } = subject.ports
      await inbox.takeVersion("c", "s", stream, 5)
      assert.equal(await inbox.takeVersion("d", "s", stream, 1), true)
      assert.equal(await inbox.takeVersion("c", "t", stream, 2), true)
      for (const other of [{ tenant: "red" }, { category: "cart" }, { id: "bob" }]) {
        assert.equal(
          await inbox.takeVersion("c", "s", { ...stream, ...other }, 3),
          true,
          JSON.stringify(other),
        )
      }
      assert.equal(await inbox.lastVersion("c", "s", stream), 5)
    })

    it("lets one of ten deliveries of a version take it", async () => {
      await using subject = await create()
      const { inbox } = subject.ports
      const taken = await together(10, () => inbox.takeVersion("c", "s", stream, 1))
      assert.equal(taken.filter(Boolean).length, 1)
    })

    it("takes each event once, in any order", async () => {
      await using subject = await create()
      const { inbox } = subject.ports
      assert.equal(await inbox.takeEvent("c", sequentialId(2), 1_000), true)
      assert.equal(await inbox.takeEvent("c", sequentialId(1), 1_000), true)
      assert.equal(await inbox.takeEvent("c", sequentialId(2), 9_000), false)
      assert.equal(await inbox.takeEvent("d", sequentialId(2), 1_000), true)
    })

    it("lets one of ten deliveries of an event take it", async () => {
      await using subject = await create()
      const { inbox } = subject.ports
      const taken = await together(10, () => inbox.takeEvent("c", sequentialId(1), 1_000))
      assert.equal(taken.filter(Boolean).length, 1)
    })

    it("remembers an event until its time, and no longer", async () => {
      await using subject = await create()
      const { inbox } = subject.ports
      await inbox.takeEvent("c", sequentialId(1), 1_000)
      await inbox.takeEvent("c", sequentialId(2), 1_001)
      await inbox.takeEvent("d", sequentialId(1), 900)
      await inbox.takeVersion("c", "s", stream, 1)
      assert.equal(await inbox.purge(899), 0)
      assert.equal(await inbox.purge(1_000), 2)
      assert.equal(await inbox.takeEvent("c", sequentialId(2), 5_000), false)
      assert.equal(await inbox.takeEvent("c", sequentialId(1), 5_000), true)
      assert.equal(await inbox.lastVersion("c", "s", stream), 1)
    })
  })
}
