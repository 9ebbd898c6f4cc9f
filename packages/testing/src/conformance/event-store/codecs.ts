import assert from "node:assert/strict"
import { createHash, randomBytes } from "node:crypto"
import type { Codec, CodecContext, EventStore, StoredEvent, StoredPayload } from "@annals/core"
import { sequentialId } from "../../fixtures/sequential-ids.ts"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import {
  bytesOf,
  everything,
  notebook,
  noted,
  notes,
  race,
  textOf,
  textsOf,
  times,
  undecoded,
} from "./sample-events.ts"

/** Payloads are stored byte for byte, and codecs find what they left. */
export function codecs<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("codecs", () => {
    it("run in the order given when writing, and in the opposite order when reading", async () => {
      await using subject = await create({ codecs: [wrapping("inner"), wrapping("outer")] })
      const { store } = subject
      await store.append(notebook("a"), [noted("x")])
      const [stored] = await undecoded(store.readAll())
      assert.deepEqual(stored?.payload, { encoding: "json+inner+outer", body: 'outer(inner({"text":"x"}))' })
      assert.deepEqual(await textsOf(store, notebook("a")), ["x"])
    })

    it("may turn text into bytes, never twice alike, and find it again", async () => {
      await using subject = await create({ codecs: [scrambling()] })
      const { store } = subject
      const texts = ["plain", "äöü 👩‍👩‍👧", "\u0000", "x".repeat(10_000)]
      await store.append(
        notebook("a"),
        texts.map((text) => noted(text)),
      )
      await store.append(notebook("a"), [
        { type: "scanned", data: Uint8Array.from({ length: 256 }, (_, byte) => byte) },
      ])
      const events = await everything(store)
      assert.deepEqual(events.slice(0, -1).map(textOf), texts)
      assert.deepEqual(
        [...bytesOf(events.at(-1))],
        Array.from({ length: 256 }, (_, byte) => byte),
      )
      for (const stored of await undecoded(store.readAll()))
        assert.ok(stored.payload.body instanceof Uint8Array)
    })

    it("leave an append made again a repeat, though it is encoded differently", async () => {
      await using subject = await create({ codecs: [scrambling()] })
      const { store } = subject
      const events = [noted("1", { id: sequentialId(1) }), noted("2", { id: sequentialId(2) })]
      const original = await store.append(notebook("a"), events, { expected: 0 })
      assert.deepEqual(
        { ...(await store.append(notebook("a"), events, { expected: 0 })) },
        {
          ...original,
          repeated: true,
        },
      )
      assert.deepEqual(await textsOf(store, notebook("a")), ["1", "2"])
    })

    it("know the event that they encode, and the one that they decode", async () => {
      const [encoded, decoded]: [CodecContext[], StoredEvent[]] = [[], []]
      const spying: Codec = {
        name: "spying",
        encode: (payload, context) => {
          encoded.push(context)
          return payload
        },
        decode: (payload, event) => {
          decoded.push(event)
          return payload
        },
      }
      await using subject = await create({ codecs: [spying] })
      const { store } = subject
      const id = sequentialId(1)
      await store
        .forTenant("red")
        .append(notebook("a"), [noted("x", { id, tags: ["t"], metadata: { correlationId: "c" } })])
      await everything(store)
      const stream = { tenant: "red", category: "notebook", id: "a" }
      assert.deepEqual(encoded[0]?.stream, stream)
      for (const event of [encoded[0]?.event, decoded[0]]) {
        assert.deepEqual(
          [event?.id, event?.type, event?.tags, event?.correlationId],
          [id, "noted", ["t"], "c"],
        )
      }
      assert.deepEqual([decoded[0]?.stream, decoded[0]?.version], [stream, 1])
    })

    it("let nothing be recorded when one of them fails", async () => {
      const failing: Codec = {
        name: "failing",
        encode: async (payload) =>
          bodyOf(payload).includes("bad") ? Promise.reject(new Error("no key")) : payload,
        decode: (payload) => payload,
      }
      await using subject = await create({ codecs: [failing] })
      const { store } = subject
      await assert.rejects(store.append(notebook("a"), [noted("good"), noted("bad")]))
      assert.deepEqual(await everything(store), [])
      await store.append(notebook("a"), [noted("good")], { expected: 0 })
    })

    it("may leave alone what they don't know", async () => {
      const picky: Codec = {
        ...wrapping("picky"),
        encode: (payload, context) =>
          context.event.tags.includes("secret") ? wrapping("picky").encode(payload, context) : payload,
      }
      await using subject = await create({ codecs: [picky] })
      await subject.store.append(notebook("a"), [noted("1"), noted("2", { tags: ["secret"] }), noted("3")])
      assert.deepEqual(await textsOf(subject.store, notebook("a")), ["1", "2", "3"])
    })
  })

  describe("a codec that chains events", () => {
    it("gets the version of each event and the one before it", async () => {
      await using subject = await create({ codecs: [chaining()] })
      const { store } = subject
      await store.append(notebook("a"), notes(2))
      await store.append(notebook("b"), notes(1))
      await store.append(notebook("a"), notes(3, 3), { expected: 2 })
      await assertChain(store, "a", 5)
      await assertChain(store, "b", 1)
    })

    it("chains every stream of an append to several", async () => {
      await using subject = await create({ codecs: [chaining()] })
      const { store } = subject
      for (let round = 0; round < 3; round++) {
        await store.appendToStreams(["a", "b"].map((id) => ({ stream: notebook(id), events: notes(2) })))
      }
      await assertChain(store, "a", 6)
      await assertChain(store, "b", 6)
    })

    it("keeps the chain whole under parallel writers with any, none of which is refused", async () => {
      await using subject = await create({ codecs: [chaining()] })
      const { store } = subject
      const attempts = times(20, (index) => store.append(notebook("a"), [noted(`${index}`), noted("and")]))
      const { won } = await race(attempts, "none is refused")
      assert.equal(won.length, 20)
      await assertChain(store, "a", 40)
    })

    it("refuses another version as ever, in the words of the caller", async () => {
      await using subject = await create({ codecs: [chaining()] })
      const { store } = subject
      await store.append(notebook("a"), notes(2))
      const refusals = [
        [notebook("a"), "no-stream", 2],
        [notebook("a"), 1, 2],
        [notebook("a"), 3, 2],
        [notebook("b"), "stream-exists", 0],
      ] as const
      for (const [stream, expected, actual] of refusals) {
        await assert.rejects(store.append(stream, notes(1), { expected }), {
          code: "VERSION_CONFLICT",
          expected,
          actual,
        })
      }
      await assertChain(store, "a", 2)
    })

    it("has one winner at an exact version", async () => {
      await using subject = await create({ codecs: [chaining()] })
      const { store } = subject
      const { won, refused } = await race(
        times(8, () => store.append(notebook("a"), notes(2), { expected: 0 })),
        "VERSION_CONFLICT",
      )
      assert.deepEqual([won.length, refused], [1, 7])
      await assertChain(store, "a", 2)
    })

    it("leaves an append made again a repeat", async () => {
      await using subject = await create({ codecs: [chaining()] })
      const { store } = subject
      const event = noted("x", { id: sequentialId(1) })
      const original = await store.append(notebook("a"), [event], { expected: "no-stream" })
      await store.append(notebook("a"), notes(2))
      assert.deepEqual(
        { ...(await store.append(notebook("a"), [event], { expected: "no-stream" })) },
        {
          ...original,
          repeated: true,
        },
      )
      await assertChain(store, "a", 3)
    })

    it("chains inside a unit of work onto what the unit of work appended", async () => {
      await using subject = await create({ codecs: [chaining()] })
      const { store } = subject
      await store.append(notebook("a"), notes(1))
      await store.transaction(async ({ events }) => {
        await events.append(notebook("a"), notes(2))
        await events.append(notebook("a"), notes(1))
      })
      await assertChain(store, "a", 4)
    })
  })
}

function bodyOf({ body }: StoredPayload): string {
  return typeof body === "string" ? body : Buffer.from(body).toString("latin1")
}

/** Wraps text in its name, so that the order of wrapping shows. */
function wrapping(name: string): Codec {
  return {
    name,
    encode: ({ encoding, body }) => ({ encoding: `${encoding}+${name}`, body: `${name}(${body})` }),
    decode: (payload) =>
      payload.encoding.endsWith(`+${name}`)
        ? {
            encoding: payload.encoding.slice(0, -name.length - 1),
            body: (payload.body as string).slice(name.length + 1, -1),
          }
        : payload,
  }
}

/** Like an encryption: asynchronous, bytes, and never the same twice. Secret to nobody. */
function scrambling(): Codec {
  const scramble = (bytes: Uint8Array, key: Uint8Array) =>
    bytes.map((byte, index) => byte ^ (key[index % key.length] as number))
  return {
    name: "scrambling",
    async encode({ encoding, body }) {
      await Promise.resolve()
      const key = randomBytes(8)
      const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body
      return { encoding: `${encoding}+scrambled`, body: new Uint8Array([...key, ...scramble(bytes, key)]) }
    },
    async decode(payload) {
      await Promise.resolve()
      if (!payload.encoding.endsWith("+scrambled")) return payload
      const bytes = payload.body as Uint8Array
      const plain = scramble(bytes.subarray(8), bytes.subarray(0, 8))
      const encoding = payload.encoding.slice(0, -"+scrambled".length)
      return { encoding, body: encoding === "json" ? new TextDecoder().decode(plain) : new Uint8Array(plain) }
    },
  }
}

/** Each event's hash covers its body, its version and the hash before it. */
function chaining(): Codec {
  return {
    name: "chaining",
    chained: true,
    async encode(payload, { version, previous }) {
      await new Promise(setImmediate)
      return { ...payload, hash: hashOf(payload, version as number, previous?.payload.hash ?? "") }
    },
    decode: (payload) => payload,
  }
}

function hashOf(payload: StoredPayload, version: number, previous: string): string {
  return createHash("sha256")
    .update(`${previous}|${version}|${bodyOf(payload)}`)
    .digest("hex")
}

async function assertChain<Tx>(store: EventStore<Tx>, id: string, length: number): Promise<void> {
  const events = await undecoded(store.readStream(notebook(id)))
  assert.equal(events.length, length)
  let previous = ""
  for (const { payload, version } of events) {
    assert.equal(
      payload.hash,
      hashOf(payload, version, previous),
      `version ${version} follows the one before it`,
    )
    previous = payload.hash as string
  }
}
