import assert from "node:assert/strict"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, eventsNamed, quickly, recorder, until } from "./received.ts"

/** Trap 45: a group is kept what comes from when it is created until it is removed. */
export function managingGroups({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("creating a group", () => {
    it("keeps for it what comes from then on, before its first consumer starts anywhere", async () => {
      await using subject = await create()
      const { bus } = subject
      const [inOrder, unordered] = [anyGroup(), anyGroup()]
      await bus.publish([eventNamed("a1")])
      await Promise.all([bus.createGroup(inOrder), bus.createGroup(unordered, { order: "none" })])
      await bus.createGroup(inOrder)
      assert.deepEqual(bus.status().consumers, [])
      await bus.publish([eventNamed("a2")])
      const other = (await subject.secondHandle?.()) ?? bus
      const [first, second] = [recorder(), recorder()]
      await other.subscribe({ group: inOrder, handler: first.handler })
      await other.subscribe({ group: unordered, order: "none", handler: second.handler })
      await bus.publish([eventNamed("a3")])
      await until(() => first.handled.includes("a3") && second.handled.length === 2)
      assert.deepEqual(first.handled, ["a2", "a3"])
      assert.deepEqual(second.handled.toSorted(), ["a2", "a3"])
    })

    it("checks its name and its options", async () => {
      await using subject = await create()
      const { bus } = subject
      const group = anyGroup()
      await bus.createGroup(group, { order: "none" })
      await assert.rejects(bus.createGroup(group), { code: "INVALID_OPTION", path: "order" })
      const wrong = { order: "any" } as never
      await assert.rejects(bus.createGroup(group, wrong), { code: "INVALID_OPTION", path: "order" })
      await assert.rejects(bus.createGroup("not a group"), { code: "INVALID_NAME", path: "group" })
      await bus.removeGroup(group)
    })
  })

  describe("removing a group", () => {
    it("forgets what was waiting and its dead letters; it may begin anew, in the other order", async () => {
      await using subject = await create()
      const { bus } = subject
      const [group, other] = [anyGroup(), recorder()]
      const failing = recorder(new Set(["a1"]))
      const consumer = await bus.subscribe({
        group,
        order: "none",
        handler: failing.handler,
        retry: { ...quickly, attempts: 1 },
      })
      await bus.subscribe({ group: anyGroup(), handler: other.handler })
      await bus.publish(eventsNamed("a1", "b1"))
      await until(async () => (await consumer.deadLetters.list()).length === 1)
      await assert.rejects(bus.removeGroup(group), { code: "BUS_FAILED" }, "it has a consumer")
      await consumer.stop()
      await bus.publish([eventNamed("c1")])
      await bus.removeGroup(group)
      await bus.removeGroup(group)
      assert.deepEqual(await bus.deadLetters(group).list(), [])
      const anew = recorder()
      await bus.subscribe({ group, handler: anew.handler })
      await bus.publish([eventNamed("d1")])
      await until(() => anew.handled.includes("d1") && other.handled.length === 4)
      assert.deepEqual(anew.handled, ["d1"])
    })

    it("can be asked for where there is no such group, and never for a name that none can have", async () => {
      await using subject = await create()
      await subject.bus.removeGroup(anyGroup())
      await assert.rejects(subject.bus.removeGroup("not a group"), { code: "INVALID_NAME", path: "group" })
    })

    it("is the way to another order, which is refused to a group that has one", async () => {
      await using subject = await create()
      const { bus } = subject
      const group = anyGroup()
      const consumer = await bus.subscribe({ group, handler: () => {} })
      const other = (await subject.secondHandle?.()) ?? bus
      const unordered = { group, order: "none", handler: () => {} } as const
      await assert.rejects(other.subscribe(unordered), { code: "INVALID_OPTION", path: "order" })
      await consumer.stop()
      await assert.rejects(bus.subscribe(unordered), { code: "INVALID_OPTION", path: "order" })
      await bus.removeGroup(group)
      await (await bus.subscribe(unordered)).stop()
    })
  })
}
