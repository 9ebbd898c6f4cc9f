import assert from "node:assert/strict"
import type { RecordedEvent } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { eventsNamed, nameOf, recorder, until } from "./received.ts"

/** Every group gets every event, as it was published, and shares it among its consumers. */
export function delivery({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("delivery", () => {
    it("gives every event to each group, and within a group to one consumer", async () => {
      await using subject = await create()
      const { bus } = subject
      const [first, second, other] = [recorder(), recorder(), recorder()]
      await bus.subscribe({ group: "shared", handler: first.handler })
      await bus.subscribe({ group: "shared", handler: second.handler })
      await bus.subscribe({ group: "other", handler: other.handler })
      const events = eventsNamed("a1", "b1", "c1", "d1", "e1", "f1")
      await bus.publish(events)
      await until(() => first.handled.length + second.handled.length >= 6 && other.handled.length >= 6)
      const names = events.map(nameOf).toSorted()
      assert.deepEqual([...first.handled, ...second.handled].toSorted(), names)
      assert.deepEqual(other.handled.toSorted(), names)
    })

    it("hands over an event exactly as it was recorded, raw bytes as well", async () => {
      await using subject = await create()
      const received: RecordedEvent[] = []
      await subject.bus.subscribe({ group: "g", handler: (event) => void received.push(event) })
      const [json] = eventsNamed("a1") as [RecordedEvent]
      const odd: RecordedEvent = { ...json, data: { text: "ä👩‍👩‍👧 \u0000", n: 0.1, deep: [{ none: null }] } }
      const bytes: RecordedEvent = {
        ...json,
        id: "00000000-0000-4000-8000-000000000009",
        version: 2,
        data: Uint8Array.of(0, 255),
      }
      await subject.bus.publish([odd, bytes])
      await until(() => received.length >= 2)
      assert.deepEqual(received[0], odd)
      const [, raw] = received
      assert.ok(raw?.data instanceof Uint8Array)
      assert.deepEqual({ ...raw, data: [...raw.data] }, { ...bytes, data: [0, 255] })
    })

    it("hands over only the types and categories that are asked for", async () => {
      await using subject = await create()
      const { bus } = subject
      const [byType, byCategory, all] = [recorder(), recorder(), recorder()]
      await bus.subscribe({ group: "types", types: ["noted"], handler: byType.handler })
      await bus.subscribe({ group: "categories", categories: ["diary"], handler: byCategory.handler })
      await bus.subscribe({ group: "all", handler: all.handler })
      const [a, b, c] = eventsNamed("a1", "b1", "c1") as [RecordedEvent, RecordedEvent, RecordedEvent]
      await bus.publish([a, { ...b, type: "drawn" }, { ...c, stream: { category: "diary", id: "c" } }])
      await until(
        () => all.handled.length === 3 && byType.handled.length === 2 && byCategory.handled.length === 1,
      )
      assert.deepEqual(byType.handled.toSorted(), ["a1", "c1"])
      assert.deepEqual(byCategory.handled, ["c1"])
    })

    it("keeps for a group that stopped what comes meanwhile", async () => {
      await using subject = await create()
      const { bus } = subject
      const [before, after] = [recorder(), recorder()]
      const consumer = await bus.subscribe({ group: "g", handler: before.handler })
      await bus.publish(eventsNamed("a1"))
      await until(() => before.handled.length === 1)
      await consumer.stop()
      await consumer.done
      await bus.publish(eventsNamed("a1", "a2").slice(1))
      await bus.subscribe({ group: "g", handler: after.handler })
      await until(() => after.handled.length === 1)
      assert.deepEqual([before.handled, after.handled], [["a1"], ["a2"]])
    })

    it("reaches consumers of another handle on the same bus", async (context = undefined) => {
      await using subject = await create()
      if (!subject.secondHandle) return context?.skip?.("the bus belongs to one process")
      const other = await subject.secondHandle()
      const received = recorder()
      await other.subscribe({ group: "g", handler: received.handler })
      await subject.bus.publish(eventsNamed("a1", "a2"))
      await until(() => received.handled.length === 2)
      assert.deepEqual(received.handled, ["a1", "a2"])
    })

    it("accepts nothing to publish, and refuses to publish once its signal is aborted", async () => {
      await using subject = await create()
      await subject.bus.publish([])
      await assert.rejects(subject.bus.publish(eventsNamed("a1"), { signal: AbortSignal.abort() }))
    })
  })
}
