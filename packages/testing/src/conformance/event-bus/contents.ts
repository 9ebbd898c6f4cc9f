import assert from "node:assert/strict"
import {
  type Codec,
  createMemoryStore,
  currentMetadata,
  defineEvent,
  defineEvents,
  jsonSerializer,
  type RecordedEvent,
  type Serializer,
  type StoredPayload,
  type,
  withContext,
} from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { oddNames } from "./filters.ts"
import { anyGroup, eventNamed, eventsNamed, quickly, until } from "./received.ts"

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

    it("went through the codecs and the serializer, dead letters as well", async () => {
      const wire: StoredPayload[] = []
      const spying: Codec = {
        name: "spying",
        encode: (payload) => payload,
        decode: (payload) => {
          wire.push(payload)
          return payload
        },
      }
      await using subject = await create({
        codecs: [wrapping("inner"), wrapping("outer"), spying],
        serializer,
      })
      await using store = createMemoryStore()
      const { bus } = subject
      const received = await collecting(bus)
      const failing = () => {
        throw new Error("no")
      }
      const parking = { group: anyGroup(), handler: failing, retry: quickly }
      const parked = await bus.subscribe({ ...parking, deadLetters: store.deadLetters })
      const dead = await bus.subscribe({ ...parking, group: anyGroup(), order: "none" })
      const event = eventNamed("a1", { data: { text: "ä\u0000" } })
      await bus.publish([event])
      await until(() => received.length === 1)
      assert.deepEqual(received[0], event)
      assert.equal(wire[0]?.encoding, "own+inner+outer")
      assert.equal(Buffer.from(wire[0]?.body ?? "").toString(), 'outer(inner(own:{"text":"ä\\u0000"}))')
      for (const consumer of [parked, dead]) {
        await until(async () => (await consumer.deadLetters.list()).length === 1)
        assert.deepEqual((await consumer.deadLetters.list())[0]?.event, event)
      }
    })

    it("is upcast by the types that the handler knows", async () => {
      await using subject = await create()
      const old = defineEvent("noted", type<{ name: string }>(), { formerNames: ["jotted"] })
      const noted = old.nextVersion(type<{ words: string[] }>(), ({ name }) => ({ words: [name] }))
      const seen: unknown[] = []
      await subject.bus.subscribe({
        group: anyGroup(),
        events: defineEvents([noted]),
        types: ["noted"], // under its former name as well
        handler: (event) => void seen.push([event.type, event.schemaVersion, event.data.words]),
      })
      const [first, second] = eventsNamed("a1", "a2")
      assert.ok(first && second)
      await subject.bus.publish([first, { ...second, type: "jotted" }])
      await until(() => seen.length >= 2)
      assert.deepEqual(seen, [
        ["noted", 2, ["a1"]],
        ["noted", 2, ["a2"]],
      ])
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

/** Says on the wire that it was there. */
const serializer: Serializer = {
  serialize: (data) => ({ encoding: "own", body: `own:${jsonSerializer.serialize(data).body}` }),
  deserialize: ({ encoding, body }) => {
    assert.equal(encoding, "own")
    return jsonSerializer.deserialize({ encoding: "json", body: Buffer.from(body).toString().slice(4) })
  },
}

function wrapping(name: string): Codec {
  const start = `${name}(`
  return {
    name,
    encode: async ({ encoding, body }) => ({
      encoding: `${encoding}+${name}`,
      body: `${start}${Buffer.from(body)})`,
    }),
    decode: async ({ encoding, body }) => {
      assert.ok(encoding.endsWith(`+${name}`), "codecs run the other way round when reading")
      return {
        encoding: encoding.slice(0, -name.length - 1),
        body: Buffer.from(body).toString().slice(start.length, -1),
      }
    },
  }
}
