import assert from "node:assert/strict"
import { slotCount } from "@annals/core"
import { together } from "../event-store/sample-events.ts"
import type { Runner } from "../runner.ts"
import type { CreatePorts } from "./port-subject.ts"

const last = slotCount - 1

/** What `CheckpointStore` promises: each slot moves from where it is, all or none, and never back. */
export function checkpointStoreConformance(
  { describe, it }: Runner,
  create: CreatePorts<"checkpoints">,
): void {
  describe("CheckpointStore", () => {
    it("has nothing for a subscription that never advanced", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      assert.deepEqual(await checkpoints.load("s"), [])
      assert.deepEqual(await checkpoints.list(), [])
    })

    it("moves all slots together, unless told which", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      assert.equal(await checkpoints.advance("s", { from: 0, to: 10 }), "advanced")
      assert.equal(await checkpoints.advance("s", { from: 10, to: 12 }), "advanced")
      assert.deepEqual(await checkpoints.load("s"), [{ slots: { first: 0, last }, position: 12 }])
    })

    it("moves only the slots that it is told", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      const slots = [
        { first: 5, last: 7 },
        { first: 100, last: 100 },
      ]
      assert.equal(await checkpoints.advance("s", { slots, from: 0, to: 10 }), "advanced")
      assert.deepEqual(await checkpoints.load("s"), [
        { slots: { first: 5, last: 7 }, position: 10 },
        { slots: { first: 100, last: 100 }, position: 10 },
      ])
    })

    it("merges neighbours at the same position, in the order of slots", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      await checkpoints.advance("s", { slots: [{ first: 512, last }], from: 0, to: 9 })
      await checkpoints.advance("s", { slots: [{ first: 10, last: 19 }], from: 0, to: 4 })
      await checkpoints.advance("s", { slots: [{ first: 0, last: 9 }], from: 0, to: 4 })
      await checkpoints.advance("s", { slots: [{ first: 20, last: 511 }], from: 0, to: 9 })
      assert.deepEqual(await checkpoints.load("s"), [
        { slots: { first: 0, last: 19 }, position: 4 },
        { slots: { first: 20, last }, position: 9 },
      ])
    })

    it("keeps positions of every single slot apart", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      const odd = Array.from({ length: slotCount / 2 }, (_, index) => ({
        first: 2 * index + 1,
        last: 2 * index + 1,
      }))
      await checkpoints.advance("s", { slots: odd, from: 0, to: 3 })
      assert.deepEqual(
        await checkpoints.load("s"),
        odd.map((slots) => ({ slots, position: 3 })),
      )
    })

    it("conflicts when the checkpoint isn't where the step begins, and stays", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      await checkpoints.advance("s", { from: 0, to: 10 })
      for (const from of [0, 9, 11]) {
        assert.equal(await checkpoints.advance("s", { from, to: 20 }), "conflict")
      }
      assert.deepEqual(await checkpoints.load("s"), [{ slots: { first: 0, last }, position: 10 }])
    })

    it("conflicts for a subscription that isn't there unless the step begins at 0", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      assert.equal(await checkpoints.advance("s", { from: 5, to: 6 }), "conflict")
      assert.deepEqual(await checkpoints.load("s"), [])
      assert.deepEqual(await checkpoints.list(), [])
    })

    it("moves no slot when one of them stands elsewhere", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      await checkpoints.advance("s", { slots: [{ first: 700, last: 700 }], from: 0, to: 10 })
      assert.equal(await checkpoints.advance("s", { from: 0, to: 20 }), "conflict")
      assert.deepEqual(await checkpoints.load("s"), [{ slots: { first: 700, last: 700 }, position: 10 }])
    })

    it("knows a subscription that advanced from 0 to 0: one that began at the end of an empty store", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      assert.equal(await checkpoints.advance("s", { from: 0, to: 0 }), "advanced")
      assert.deepEqual(await checkpoints.list(), ["s"])
      assert.deepEqual(await checkpoints.load("s"), [])
      assert.equal(await checkpoints.advance("s", { from: 0, to: 0 }), "advanced")
      assert.equal(await checkpoints.advance("s", { from: 0, to: 5 }), "advanced")
      assert.deepEqual(await checkpoints.load("s"), [{ slots: { first: 0, last }, position: 5 }])
    })

    it("refuses to go back", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      await checkpoints.advance("s", { from: 0, to: 10 })
      await assert.rejects(checkpoints.advance("s", { from: 10, to: 9 }), { code: "INVALID_OPTION" })
      assert.deepEqual(await checkpoints.load("s"), [{ slots: { first: 0, last }, position: 10 }])
    })

    it("lets one of ten win that advance from the same place", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      const outcomes = await together(10, (index) => checkpoints.advance("s", { from: 0, to: index + 1 }))
      assert.equal(outcomes.filter((outcome) => outcome === "advanced").length, 1)
      const [checkpoint] = await checkpoints.load("s")
      assert.equal(checkpoint?.position, outcomes.indexOf("advanced") + 1)
    })

    it("is set to any position by a reset, also a lower one", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      await checkpoints.advance("s", { slots: [{ first: 3, last: 4 }], from: 0, to: 10 })
      await checkpoints.reset("s", 5)
      assert.deepEqual(await checkpoints.load("s"), [{ slots: { first: 0, last }, position: 5 }])
      await checkpoints.reset("s", 0)
      assert.deepEqual(await checkpoints.load("s"), [])
      assert.equal(await checkpoints.advance("s", { from: 0, to: 2 }), "advanced")
    })

    it("keeps subscriptions apart, lists them sorted, and forgets one", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      for (const name of ["b", "a", "c"]) await checkpoints.advance(name, { from: 0, to: 3 })
      await checkpoints.advance("b", { from: 3, to: 8 })
      assert.deepEqual(await checkpoints.list(), ["a", "b", "c"])
      await checkpoints.remove("b")
      await checkpoints.remove("nowhere")
      assert.deepEqual(await checkpoints.list(), ["a", "c"])
      assert.deepEqual(await checkpoints.load("b"), [])
      assert.deepEqual(await checkpoints.load("a"), [{ slots: { first: 0, last }, position: 3 }])
    })

    it("holds positions up to the largest safe integer", async () => {
      await using subject = await create()
      const { checkpoints } = subject.ports
      await checkpoints.advance("s", { from: 0, to: Number.MAX_SAFE_INTEGER })
      assert.equal((await checkpoints.load("s"))[0]?.position, Number.MAX_SAFE_INTEGER)
    })
  })
}
