import assert from "node:assert/strict"
import { currentMetadata, type RecordedEvent, withContext } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { oddNames } from "./filters.ts"
import { anyGroup, eventNamed, until } from "./received.ts"

/** Traps 13, 15 and 47: what arrives is what was recorded. */
export function contents({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("what is delivered", () => {
    it("is exactly what was recorded, whatever the values", async () => {
      await using subject = await create()
      const received = await collecting(subject.bus)
      const events = values.map((value, index) =>
        eventNamed(`a${index + 1}`, { data: { deep: [{ value }] }, metadata: { own: { value } as never } }),
      )
      await subject.bus.publish(events)
      await until(() => received.length >= events.length)
      for (const [index, event] of events.entries()) {
        assert.deepEqual(received[index], event)
        assert.equal(JSON.stringify(received[index]?.data), JSON.stringify(event.data), "keys in their order")
      }
    })

    it("keeps raw bytes and every field of the event", async () => {
      await using subject = await create()
      const received = await collecting(subject.bus)
      const bytes = eventNamed("a1", {
        data: Uint8Array.from({ length: 256 }, (_, byte) => byte),
        schemaVersion: 7,
        tags: ["a", "b:c", "ä"],
        occurredAt: -1,
        recordedAt: 1_700_000_000_001,
        tenant: "red",
        version: 41,
        position: Number.MAX_SAFE_INTEGER as RecordedEvent["position"],
      })
      await subject.bus.publish([
        bytes,
        { ...bytes, id: eventNamed("a").id, version: 42, data: new Uint8Array() },
      ])
      await until(() => received.length >= 2)
      assert.deepEqual(received[0], bytes)
      assert.deepEqual(received[1]?.data, new Uint8Array())
      assert.equal(Object.getPrototypeOf(received[0]?.data), Uint8Array.prototype, "not a driver's own bytes")
    })

    it("keeps odd names, and large events", async () => {
      await using subject = await create()
      const received = await collecting(subject.bus)
      const events = oddNames.map((name) =>
        eventNamed("a1", { type: name, tenant: name, stream: { category: name, id: name } }),
      )
      const large = eventNamed("a1", { data: "ä".repeat(450_000) })
      await subject.bus.publish([...events, large])
      await until(() => received.length > events.length)
      const byId = (a: RecordedEvent, b: RecordedEvent) => (a.id < b.id ? -1 : 1)
      assert.deepEqual(received.toSorted(byId), [...events, large].toSorted(byId))
    })

    it("keeps metadata and trace context, and nobody else's gets in", async () => {
      await using subject = await create()
      const received = await collecting(subject.bus)
      const metadata = {
        correlationId: "order 7",
        causationId: "command 9",
        actor: "alice",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        tracestate: "vendor=a,other=b",
        nested: { list: [1, null, "x"] },
      }
      const events = [eventNamed("a1", { metadata }), eventNamed("a2", { metadata: {} })]
      await withContext({ correlationId: "the publisher's", actor: "bob" }, () => subject.bus.publish(events))
      await until(() => received.length >= 2)
      assert.deepEqual(
        received.map((event) => event.metadata),
        [metadata, {}],
      )
    })

    it("is the cause of what the handler does, in nobody else's context", async () => {
      await using subject = await create()
      const seen: unknown[] = []
      await subject.bus.subscribe({
        group: anyGroup(),
        handler: async () => {
          await new Promise(setImmediate)
          const { correlationId, causationId, actor } = currentMetadata()
          seen.push([correlationId, causationId, actor])
        },
      })
      const events = [eventNamed("a1"), eventNamed("a2", { metadata: {} })]
      await withContext({ actor: "the publisher" }, () => subject.bus.publish(events))
      await until(() => seen.length >= 2)
      assert.deepEqual(seen, [
        ["about a1", events[0]?.id, undefined],
        [events[1]?.id, events[1]?.id, undefined],
      ])
    })

    it("is each group's own copy, and not what its publisher still changes", async () => {
      await using subject = await create()
      const received: RecordedEvent[] = []
      const changing = (event: RecordedEvent) => {
        received.push(structuredClone(event) as RecordedEvent)
        if (event.data instanceof Uint8Array) event.data.fill(9)
        else Reflect.set(event.data as object, "text", "changed") // refused where data are frozen
      }
      await Promise.all([1, 2].map(() => subject.bus.subscribe({ group: anyGroup(), handler: changing })))
      const [data, bytes] = [{ text: "original" }, Uint8Array.of(1, 2)]
      const publishing = subject.bus.publish([eventNamed("a1", { data }), eventNamed("a2", { data: bytes })])
      data.text = "changed"
      bytes.fill(0)
      await publishing
      await until(() => received.length >= 4)
      for (const event of received) {
        if (event.version === 1) assert.deepEqual(event.data, { text: "original" })
        else assert.deepEqual(event.data, Uint8Array.of(1, 2))
      }
    })
  })
}

async function collecting(bus: Awaited<ReturnType<CreateBusSubject>>["bus"]): Promise<RecordedEvent[]> {
  const received: RecordedEvent[] = []
  await bus.subscribe({ group: anyGroup(), handler: (event) => void received.push(event) })
  return received
}

const values: readonly unknown[] = [
  "",
  "\u0000 and \u001f",
  "12.50",
  "2020-01-01T00:00:00.000Z",
  "line\nend\u2028\u2029",
  "👩‍👩‍👧‍👦",
  0.1,
  5e-324,
  Number.MAX_VALUE,
  2 ** 53,
  true,
  null,
  [],
  {},
  JSON.parse('{"__proto__":{"a":1},"constructor":2,"":3,"ключ":4}'),
  { zebra: 1, apple: { y: 1, x: 2 }, Mango: 2 },
  nested(200),
]

function nested(levels: number): unknown {
  return levels === 0 ? "bottom" : [nested(levels - 1)]
}
