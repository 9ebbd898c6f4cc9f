import assert from "node:assert/strict"
import { sequentialId } from "../../fixtures/sequential-ids.ts"
import type { CreateSubject } from "../conformance-subject.ts"
import { everything, notebook, noted, notes, textOf, textsOf } from "../event-store/sample-events.ts"
import type { Runner } from "../runner.ts"
import { everyPort, outsideView, traces, writeEveryPort } from "./bookkeeping.ts"

/** Trap 10: events appended in the caller's own transaction share its fate. */
export function callersTransaction<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("a unit of work within the caller's transaction", () => {
    it("commits when the caller commits", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(1))
      const { tx, commit } = await subject.beginTransaction()
      const unitOfWork = store.within(tx)
      await unitOfWork.events.append(notebook("a"), notes(2, 2), { expected: 1 })
      await writeEveryPort(unitOfWork)
      await commit()
      assert.deepEqual(await textsOf(store, notebook("a")), ["1", "2", "3"])
      assert.deepEqual(await traces(store), everyPort(true))
    })

    it("leaves nothing behind when the caller rolls back", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(1))
      const before = await outsideView(store, sequentialId(9))
      const { tx, rollback } = await subject.beginTransaction()
      const unitOfWork = store.within(tx)
      await unitOfWork.events.append(notebook("a"), [noted("x", { id: sequentialId(9), tags: ["t"] })])
      await writeEveryPort(unitOfWork)
      await rollback()
      assert.deepEqual(await outsideView(store, sequentialId(9)), before)
      assert.deepEqual(await traces(store), everyPort(false))
    })

    it("shows nothing to anybody else before the caller commits, but to itself", async () => {
      await using subject = await create()
      const { store } = subject
      await store.head()
      const before = await outsideView(store, sequentialId(9))
      const { tx, commit } = await subject.beginTransaction()
      const { events } = store.within(tx)
      await events.append(notebook("a"), [noted("x", { id: sequentialId(9), tags: ["t"] })])
      assert.deepEqual(await outsideView(store, sequentialId(9)), before)
      assert.deepEqual((await store.within(tx).events.readAll().toArray()).map(textOf), ["x"])
      await commit()
      assert.equal(await store.hasEvent(sequentialId(9)), true)
    })

    it("is one with every other unit of work in that transaction", async () => {
      await using subject = await create()
      const { store } = subject
      const { tx, commit } = await subject.beginTransaction()
      await store.within(tx).events.append(notebook("a"), notes(1), { expected: 0 })
      await store.within(tx).events.append(notebook("a"), notes(1), { expected: 1 })
      await store.forTenant("red").within(tx).events.append(notebook("a"), notes(1), { expected: 0 })
      await commit()
      assert.deepEqual(
        (await everything(store)).map((event) => event.tenant),
        ["", "", "red"],
      )
    })

    it("leaves ids and versions free after a rollback", async () => {
      await using subject = await create()
      const { store } = subject
      const event = noted("x", { id: sequentialId(9) })
      const first = await subject.beginTransaction()
      await store.within(first.tx).events.append(notebook("a"), [event], { expected: 0 })
      await first.rollback()
      const second = await subject.beginTransaction()
      const result = await store.within(second.tx).events.append(notebook("a"), [event], { expected: 0 })
      await second.commit()
      assert.equal(result.repeated, false)
      assert.equal((await everything(store)).length, 1)
    })

    it("lets an append from elsewhere have its turn when it is over", async () => {
      await using subject = await create()
      const { store } = subject
      const { tx, rollback } = await subject.beginTransaction()
      await store.within(tx).events.append(notebook("a"), notes(1))
      const plain = store.append(notebook("b"), notes(1))
      await rollback()
      await plain
      assert.deepEqual(
        (await everything(store)).map((event) => event.stream.id),
        ["b"],
      )
    })
  })
}
