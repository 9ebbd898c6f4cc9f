import assert from "node:assert/strict"
import {
  type AnnalsError,
  type Codec,
  type ConsumerOptions,
  createMemoryStore,
  defineEvent,
  defineEvents,
  type LogFields,
  type Logger,
  type RecordedEvent,
  type StoredEvent,
  type,
} from "@annals/core"
import type { Runner } from "../runner.ts"
import { foreignMessages } from "./bus-capabilities.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, eventsNamed, nameOf, quickly, recorder, until } from "./received.ts"

const drawn = defineEvent("drawn", type<{ lines: number }>())
const events = defineEvents([drawn])

/** Trap 47: what a consumer doesn't know or can't read follows one policy, on every bus and in both orders. */
export function unreadable({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("an event that a consumer can't read", () => {
    it("counts as failed for good by default: its stream parks, or it becomes a dead letter, without a second attempt", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const handled: string[] = []
      const options: ConsumerOptions<ReturnType<typeof drawn>> = {
        group: anyGroup(),
        events,
        retry: quickly,
        handler: (event) => void handled.push(nameOf(event)),
      }
      const inOrder = await subject.bus.subscribe({ ...options, deadLetters: store.deadLetters })
      const unordered = await subject.bus.subscribe({ ...options, group: anyGroup(), order: "none" })
      const [unknown, known, other] = eventsNamed("a1", "b1", "c1") as [
        RecordedEvent,
        RecordedEvent,
        RecordedEvent,
      ]
      await subject.bus.publish([unknown, { ...known, type: "drawn" }, { ...other, type: "drawn" }])
      await until(() => handled.length === 4)
      for (const consumer of [inOrder, unordered]) {
        await until(async () => (await consumer.deadLetters.list()).length === 1)
        const [letter] = await consumer.deadLetters.list()
        assert.deepEqual([letter?.code, letter?.attempts], ["UNKNOWN_EVENT_TYPE", 1])
        assert.deepEqual(letter?.event, unknown)
        await until(() => consumer.status().parked === 1)
        const { failed, retried, state } = consumer.status()
        assert.deepEqual([failed, retried, state], [1, 0, "running"])
      }
      assert.deepEqual(handled.toSorted(), ["b1", "b1", "c1", "c1"])
    })

    it("is handed over as it is, or left out and reported, where the consumer asks for that", async () => {
      await using subject = await create()
      const { bus } = subject
      const [raw, reports, left] = [[] as RecordedEvent[], [] as string[], [] as string[]]
      const known = { events, retry: quickly }
      await bus.subscribe({
        ...known,
        group: anyGroup(),
        unreadable: "raw",
        handler: (event) => void raw.push(event),
      })
      for (const order of ["stream", "none"] as const) {
        await bus.subscribe({
          ...known,
          group: anyGroup(),
          order,
          unreadable: (event: StoredEvent, { code }: AnnalsError) =>
            void reports.push(`${event.type} ${code}`),
          handler: (event) => void left.push(nameOf(event)),
        })
      }
      const failing = await bus.subscribe({ ...known, group: anyGroup(), handler: () => {} })
      const [a1] = eventsNamed("a1") as [RecordedEvent]
      await bus.publish([a1, eventNamed("a2", { type: "drawn" })])
      await until(() => raw.length === 2 && reports.length === 2 && left.length === 2)
      assert.deepEqual(raw[0], a1)
      assert.deepEqual(reports, ["noted UNKNOWN_EVENT_TYPE", "noted UNKNOWN_EVENT_TYPE"])
      assert.deepEqual(left, ["a2", "a2"])
      await assert.rejects(
        failing.done,
        { code: "BUS_FAILED", eventId: a1.id },
        "there is nowhere to park it",
      )
    })

    it("may be one that can't be upcast, or that a codec doesn't let through", async () => {
      const refusing: Codec = {
        name: "refusing",
        encode: (payload) => payload,
        decode: (payload) => {
          if (Buffer.from(payload.body).includes("secret")) throw new Error("no key for this one")
          return payload
        },
      }
      await using subject = await create({ codecs: [refusing] })
      await using store = createMemoryStore()
      const next = drawn.nextVersion(type<{ words: string[] }>(), ({ lines }) => {
        if (lines > 1) throw new Error("too many")
        return { words: [] }
      })
      const { deadLetters, status } = await subject.bus.subscribe({
        group: anyGroup(),
        events: defineEvents([next]),
        retry: quickly,
        deadLetters: store.deadLetters,
        handler: () => {},
      })
      await subject.bus.publish([
        eventNamed("a1", { type: "drawn", data: { lines: 2 } }),
        eventNamed("b1", { type: "drawn", data: { secret: true } }),
        eventNamed("c1", { type: "drawn", data: { lines: 1 } }),
      ])
      await until(async () => (await deadLetters.list()).length === 2 && status().handled === 1)
      const codes = (await deadLetters.list()).map(({ event, code }) => `${nameOf(event)} ${code}`)
      assert.deepEqual(codes.toSorted(), ["a1 UPCAST_FAILED", "b1 UNREADABLE_EVENT"])
    })
  })

  describe("a message that no bus sent", () => {
    it("fails the consumer by default, which says where it lies, and nobody else", async (context = undefined) => {
      const { logger, warnings } = listening()
      await using subject = await create({ logger })
      const publishForeign = foreignMessages(subject, context)
      if (publishForeign === undefined) return
      const { bus } = subject
      const [raw, reporting] = [recorder(), recorder()]
      const failing = await bus.subscribe({ group: anyGroup(), handler: () => {} })
      await bus.subscribe({ group: anyGroup(), handler: raw.handler, unreadable: "raw" })
      await bus.subscribe({
        group: anyGroup(),
        order: "none",
        handler: reporting.handler,
        unreadable: () => {},
      })
      await publishForeign()
      await bus.publish([eventNamed("a1")])
      await assert.rejects(failing.done, (error: Error & { code?: string }) => {
        assert.equal(error.code, "BUS_FAILED")
        assert.ok(error.message.length > 20, `it says what and where: ${error.message}`)
        return true
      })
      await until(() => raw.handled.length === 1 && reporting.handled.length === 1)
      await until(() => warnings.length === 2)
    })
  })
}

function listening(): { readonly logger: Logger; readonly warnings: readonly string[] } {
  const warnings: string[] = []
  const warn = (message: string, _fields?: LogFields) => void warnings.push(message)
  return { logger: { debug: () => {}, info: () => {}, warn, error: () => {} }, warnings }
}
