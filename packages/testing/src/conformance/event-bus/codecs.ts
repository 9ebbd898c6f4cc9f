import assert from "node:assert/strict"
import {
  type Codec,
  createMemoryStore,
  defineEvent,
  defineEvents,
  jsonSerializer,
  type RecordedEvent,
  type Serializer,
  type StoredPayload,
  type,
} from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, eventsNamed, quickly, until } from "./received.ts"

/** A payload travels as codecs and serializer leave it, and arrives as the handler's types want it. */
export function codecs({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("payloads", () => {
    it("go through the codecs and the serializer, in dead letters as well", async () => {
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
      const received: RecordedEvent[] = []
      await bus.subscribe({ group: anyGroup(), handler: (event) => void received.push(event) })
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

    it("are upcast by the types that the handler knows", async () => {
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
