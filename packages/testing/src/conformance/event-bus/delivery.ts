import assert from "node:assert/strict"
import type { Runner } from "../runner.ts"
import { otherHandles } from "./bus-capabilities.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, eventsNamed, nameOf, recorder, until } from "./received.ts"

/** Every group gets every event, from its first subscription on, and shares it among its consumers. */
export function delivery({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("delivery", () => {
    it("gives every event to each group, and within a group to one consumer", async () => {
      await using subject = await create()
      const { bus } = subject
      const [shared, other] = [anyGroup(), anyGroup()]
      const [first, second, alone] = [recorder(), recorder(), recorder()]
      await Promise.all([
        bus.subscribe({ group: shared, handler: first.handler }),
        bus.subscribe({ group: shared, handler: second.handler }),
        bus.subscribe({ group: other, handler: alone.handler }),
      ])
      const events = eventsNamed("a1", "b1", "c1", "d1", "e1", "f1")
      await bus.publish(events)
      await until(() => first.handled.length + second.handled.length >= 6 && alone.handled.length >= 6)
      const names = events.map(nameOf).toSorted()
      assert.deepEqual([...first.handled, ...second.handled].toSorted(), names)
      assert.deepEqual(alone.handled.toSorted(), names)
    })

    it("keeps for a group that has no consumer what comes meanwhile, and gives it nothing twice", async () => {
      await using subject = await create()
      const { bus } = subject
      const group = anyGroup()
      const [before, after] = [recorder(), recorder()]
      const consumer = await bus.subscribe({ group, handler: before.handler })
      await bus.publish([eventNamed("a1")])
      await until(() => before.handled.length === 1)
      await consumer.stop()
      await bus.publish([eventNamed("a2")])
      await bus.subscribe({ group, handler: after.handler })
      await bus.publish([eventNamed("a3")])
      await until(() => after.handled.includes("a3"))
      assert.deepEqual([before.handled, after.handled], [["a1"], ["a2", "a3"]])
    })

    it("gives a new group what comes from now on, also when nobody subscribed before", async () => {
      await using subject = await create()
      const { bus } = subject
      await bus.publish(eventsNamed("a1", "b1"))
      const { handler, handled } = recorder()
      await bus.subscribe({ group: anyGroup(), handler })
      await bus.publish([eventNamed("a2")])
      await until(() => handled.includes("a2"))
      assert.deepEqual(handled, ["a2"])
    })

    it("gives a new group all that came before, if it asks for it and the bus has it; a known group goes on", async (context = undefined) => {
      await using subject = await create()
      const { bus } = subject
      if (!bus.capabilities.keepsHistory) return context?.skip?.("the bus keeps no history")
      const group = anyGroup()
      const [first, next] = [recorder(), recorder()]
      await bus.publish(eventsNamed("a1", "a2"))
      const consumer = await bus.subscribe({ group, handler: first.handler, from: "earliest" })
      await bus.publish([eventNamed("a3")])
      await until(() => first.handled.length === 3)
      await consumer.stop()
      await bus.subscribe({ group, handler: next.handler, from: "earliest" })
      await bus.publish([eventNamed("a4")])
      await until(() => next.handled.includes("a4"))
      assert.deepEqual([first.handled, next.handled], [["a1", "a2", "a3"], ["a4"]])
    })

    it("reaches consumers of another handle on the same bus, and shares among them", async (context = undefined) => {
      await using subject = await create()
      const open = otherHandles(subject, context)
      if (open === undefined) return
      const [group, lonely] = [anyGroup(), anyGroup()]
      const [here, there, only] = [recorder(), recorder(), recorder()]
      const other = await open()
      await Promise.all([
        subject.bus.subscribe({ group, handler: here.handler }),
        other.subscribe({ group, handler: there.handler }),
        other.subscribe({ group: lonely, handler: only.handler }),
      ])
      const events = eventsNamed("a1", "b1", "c1", "d1", "a2", "b2")
      await subject.bus.publish(events)
      await until(() => here.handled.length + there.handled.length >= 6 && only.handled.length >= 6)
      assert.deepEqual([...here.handled, ...there.handled].toSorted(), events.map(nameOf).toSorted())
      assert.deepEqual(only.handled.toSorted(), events.map(nameOf).toSorted())
    })

    it("keeps buses apart, also where their groups have the same names", async () => {
      await using subject = await create()
      await using other = await create()
      const [group, here, there] = [anyGroup(), recorder(), recorder()]
      await Promise.all([
        subject.bus.subscribe({ group, handler: here.handler }),
        other.bus.subscribe({ group, handler: there.handler }),
      ])
      await subject.bus.publish(eventsNamed("a1", "b1"))
      await other.bus.publish([eventNamed("c1")])
      await until(() => here.handled.length >= 2 && there.handled.length >= 1)
      assert.deepEqual([here.handled.toSorted(), there.handled], [["a1", "b1"], ["c1"]])
      assert.deepEqual([subject.bus.status().published, other.bus.status().published], [2, 1])
    })

    it("starts many consumers at the same time", async () => {
      await using subject = await create()
      const groups = Array.from({ length: 5 }, () => ({ group: anyGroup(), ...recorder() }))
      await Promise.all(groups.map(({ group, handler }) => subject.bus.subscribe({ group, handler })))
      await subject.bus.publish(eventsNamed("a1", "a2"))
      await until(() => groups.every(({ handled }) => handled.length === 2))
      assert.equal(subject.bus.status().consumers.length, 5)
    })
  })
}
