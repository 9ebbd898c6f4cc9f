import assert from "node:assert/strict"
import { sequentialId } from "../../fixtures/sequential-ids.ts"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { collected, everything, notebook, noted, notes, textOf, textsOf, undecoded } from "./sample-events.ts"

/** A tenant's handle sees and writes its own events only. */
export function tenants<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("tenants", () => {
    it("have streams of the same name, each its own", async () => {
      await using subject = await create()
      const { store } = subject
      const [red, blue] = [store.forTenant("red"), store.forTenant("blue")]
      await red.append(notebook("a"), [noted("red 1"), noted("red 2")], { expected: "no-stream" })
      await blue.append(notebook("a"), [noted("blue 1")], { expected: "no-stream" })
      await store.append(notebook("a"), [noted("none 1")], { expected: "no-stream" })
      assert.deepEqual(await textsOf(red, notebook("a")), ["red 1", "red 2"])
      assert.deepEqual(await textsOf(blue, notebook("a")), ["blue 1"])
      assert.deepEqual(await textsOf(store, notebook("a")), ["none 1"])
      assert.deepEqual(
        await Promise.all([red, blue, store].map((handle) => handle.streamVersion(notebook("a")))),
        [2, 1, 1],
      )
    })

    it("don't see each other's events in any read", async () => {
      await using subject = await create()
      const { store } = subject
      const [red, blue] = [store.forTenant("red"), store.forTenant("blue")]
      const tagged = (text: string) => noted(text, { tags: ["t"], metadata: { correlationId: "c" } })
      await red.append(notebook("a"), [tagged("red")])
      await blue.append(notebook("b"), [tagged("blue")])
      await store.append(notebook("c"), [tagged("none")])
      const filters = [
        {},
        { tags: ["t"] },
        { types: ["noted"] },
        { categories: ["notebook"] },
        { correlationId: "c" },
        { query: [] },
      ]
      for (const filter of filters) {
        for (const direction of ["forward", "backward"] as const) {
          const read = await blue.readAll({ ...filter, direction, pageSize: 1 }).toArray()
          assert.deepEqual(read.map(textOf), ["blue"], JSON.stringify(filter))
          assert.equal(read[0]?.tenant, "blue")
        }
      }
      assert.deepEqual(
        (await undecoded(blue.readAll())).map(({ stream }) => stream.tenant),
        ["blue"],
      )
    })

    it("don't see each other's events among those that are read already", async () => {
      await using subject = await create()
      const { store } = subject
      for (const tenant of ["red", "blue"]) await store.forTenant(tenant).append(notebook("a"), notes(1))
      const passes = store.forTenant("blue").filterTest({ categories: ["notebook"] })
      const seen = (await undecoded(store.readAll())).filter((event) => passes(event))
      assert.deepEqual(
        (await store.forTenant("blue").decode(seen)).map((event) => event.tenant),
        ["blue"],
      )
    })

    it("don't find each other's events by id", async () => {
      await using subject = await create()
      const [red, blue] = [subject.store.forTenant("red"), subject.store.forTenant("blue")]
      const { eventIds } = await red.append(notebook("a"), notes(1))
      assert.equal(await blue.hasEvent(eventIds[0] as string), false)
      assert.equal(await blue.findEvent(eventIds[0] as string), undefined)
      assert.equal(await red.hasEvent(eventIds[0] as string), true)
    })

    it("don't see each other's streams and names", async () => {
      await using subject = await create()
      const { store } = subject
      const [red, blue] = [store.forTenant("red"), store.forTenant("blue")]
      await red.append(notebook("r"), notes(1))
      await blue.append(notebook("b"), notes(1))
      assert.deepEqual(
        (await collected(blue.listStreams())).map(({ stream }) => stream.id),
        ["b"],
      )
      assert.deepEqual(await blue.listTenants(), ["blue"])
      assert.deepEqual(await store.listTenants(), ["blue", "red"])
    })

    it("may use the same event ids", async () => {
      await using subject = await create()
      const event = noted("x", { id: sequentialId(1) })
      const red = await subject.store.forTenant("red").append(notebook("a"), [event])
      const blue = await subject.store.forTenant("blue").append(notebook("a"), [event])
      const none = await subject.store.append(notebook("b"), [event])
      assert.deepEqual([red.repeated, blue.repeated, none.repeated], [false, false, false])
      assert.equal((await everything(subject.store)).length, 3)
    })

    it("aren't refused for each other's events in a condition", async () => {
      await using subject = await create()
      const [red, blue] = [subject.store.forTenant("red"), subject.store.forTenant("blue")]
      const condition = { query: [{ tags: ["seat:1"] }] }
      await red.append(notebook("a"), [noted("x", { tags: ["seat:1"] })])
      await subject.store.append(notebook("a"), [noted("x", { tags: ["seat:1"] })])
      await blue.append(notebook("a"), [noted("x", { tags: ["seat:1"] })], { condition })
      await assert.rejects(blue.append(notebook("b"), notes(1), { condition }), { code: "CONDITION_FAILED" })
    })

    it("are all seen by a handle that is bound to none, which writes to the tenant without a name", async () => {
      await using subject = await create()
      const { store } = subject
      await store.forTenant("red").append(notebook("a"), [noted("red")])
      await store.append(notebook("a"), [noted("none")])
      await store.forTenant("blue").append(notebook("a"), [noted("blue")])
      const events = await everything(store)
      assert.deepEqual(
        events.map((event) => [event.tenant, textOf(event)]),
        [
          ["red", "red"],
          ["", "none"],
          ["blue", "blue"],
        ],
      )
      assert.deepEqual((await store.readAll({ tenant: "blue" }).toArray()).map(textOf), ["blue"])
      assert.deepEqual((await store.readAll({ tenant: "" }).toArray()).map(textOf), ["none"])
      assert.deepEqual(
        (await collected(store.listStreams())).map(({ stream }) => stream.tenant),
        ["", "blue", "red"],
      )
      assert.deepEqual(
        (await collected(store.listStreams({ tenant: "red" }))).map(({ stream }) => stream.tenant),
        ["red"],
      )
      assert.equal(store.tenant, undefined)
      assert.equal(store.forTenant("red").tenant, "red")
    })

    it("bind a handle that can't be talked out of it", async () => {
      await using subject = await create()
      const red = subject.store.forTenant("red")
      await subject.store.forTenant("blue").append(notebook("a"), notes(1))
      const read = async () => red.readAll({ tenant: "blue" }).toArray()
      await assert.rejects(read(), { code: "INVALID_OPTION" })
      assert.throws(() => red.filterTest({ tenant: "blue" }), { code: "INVALID_OPTION" })
      const list = async () => collected(red.listStreams({ tenant: "blue" }))
      await assert.rejects(list(), { code: "INVALID_OPTION" })
    })

    it("are left to the store to close", async () => {
      await using subject = await create()
      const red = subject.store.forTenant("red")
      await red.close()
      await red.append(notebook("a"), notes(1))
      await subject.store.append(notebook("a"), notes(1))
      assert.equal((await everything(subject.store)).length, 2)
    })
  })
}
