import assert from "node:assert/strict"
import { createMemoryStore, currentMetadata, type Observer, type Operation } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, quickly, until } from "./received.ts"

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
const metadata = { correlationId: "order 7", actor: "alice" }

/** Trap 47: an observer sees what a bus does, and its context travels along with the events, beside their own metadata. */
export function observing({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("an observer", () => {
    it("sees publishing, receiving, retrying and parking, their topic and cause, and what it put into the publishing", async () => {
      const { observer, operations, measured } = watching()
      await using subject = await create({ observer })
      await using store = createMemoryStore()
      const { bus } = subject
      const other = (await subject.secondHandle?.({ observer })) ?? bus
      const received: unknown[] = []
      const failing = ({ stream, metadata }: { stream: { id: string }; metadata: unknown }) => {
        received.push(metadata)
        if (stream.id === "b") throw new Error("never b")
      }
      const options = { handler: failing, retry: { ...quickly, attempts: 2 } }
      const groups = [anyGroup(), anyGroup()] as const
      const consumers = [
        await other.subscribe({ ...options, group: groups[0], deadLetters: store.deadLetters }),
        await other.subscribe({ ...options, group: groups[1], order: "none" }),
      ]
      await bus.publish([
        eventNamed("a1", { metadata }),
        eventNamed("b1", { metadata, type: "drawn", tenant: "red" }),
      ])
      for (const { status } of consumers) await until(() => status().parked === 1 && status().handled === 1)
      assert.deepEqual(received, Array(6).fill(metadata), "the event's own metadata are as they were")
      const [publish, ...others] = operations.filter(({ name }) => name === "publish")
      assert.deepEqual(others, [])
      assert.deepEqual(
        [publish?.system, publish?.eventTypes?.toSorted(), publish?.eventCount],
        [bus.name, ["drawn", "noted"], 2],
      )
      const { destination = "" } = publish ?? {}
      assert.notEqual(destination, "", "the topic")
      assert.equal(destination, subject.topic ?? destination)
      assert.ok(measured().includes(`${bus.name} ${destination} undefined published 2`), `${measured()}`)
      for (const group of groups) {
        const own = operations.filter(({ subject }) => subject === group)
        assert.deepEqual(own.map(({ name, eventTypes }) => `${name} ${eventTypes}`).toSorted(), [
          "park drawn",
          "receive drawn",
          "receive noted",
          "retry drawn",
        ])
        for (const { causes, sent, eventTypes, ...told } of own) {
          const isDrawn = eventTypes?.[0] === "drawn"
          assert.deepEqual(
            [told.system, told.destination, told.tenant, told.category, told.streamId],
            [bus.name, destination, isDrawn ? "red" : "", "notebook", isDrawn ? "b" : "a"],
          )
          assert.deepEqual(causes, [metadata], "the event's own metadata")
          assert.deepEqual(sent, { traceparent })
        }
        const counted = ["handled 1", "failed 2", "retried 1", "parked 1"].map(
          (count) => `${bus.name} ${destination} ${group} ${count}`,
        )
        for (const count of counted) assert.ok(measured().includes(count), `${count}: ${measured()}`)
      }
    })

    it("finds the event's own trace context as the cause, where nobody observed the publishing", async () => {
      const { observer, operations } = watching("receive")
      await using subject = await create({ observer })
      const metadata = { traceparent, tracestate: "a=b" }
      const consumer = await subject.bus.subscribe({ group: anyGroup(), handler: () => {} })
      await subject.bus.publish([eventNamed("a1", { metadata })])
      await until(() => consumer.status().handled === 1)
      const received = operations.filter(({ name }) => name === "receive")
      assert.deepEqual(
        received.map(({ causes, sent }) => [causes, sent]),
        [[[metadata], undefined]],
      )
    })

    it("gives what it puts into a handling to all that the handler records", async () => {
      const given: unknown[] = []
      const observer: Observer = {
        around(operation, run) {
          if (operation.subject !== undefined)
            operation.metadata.traceparent = `${operation.name} ${traceparent}`
          return run()
        },
        record() {},
      }
      await using subject = await create({ observer })
      const consumer = await subject.bus.subscribe({
        group: anyGroup(),
        retry: quickly,
        handler: async (_event, { attempt }) => {
          await Promise.resolve()
          given.push(currentMetadata().traceparent)
          if (attempt === 1) throw new Error("not yet")
        },
      })
      await subject.bus.publish([eventNamed("a1", { metadata: { traceparent: "the event's own" } })])
      await until(() => consumer.status().handled === 1)
      assert.deepEqual(given, [`receive ${traceparent}`, `retry ${traceparent}`])
    })

    it("sees failures as failures: of publishing, and of each attempt", async () => {
      const { observer, outcomes } = watching()
      await using subject = await create({ observer, maxEventSize: 1_000 })
      const consumer = await subject.bus.subscribe({
        group: anyGroup(),
        retry: quickly,
        handler: (_event, { attempt }) => {
          if (attempt < 3) throw new Error("not yet")
        },
      })
      await assert.rejects(subject.bus.publish([eventNamed("a1", { data: "x".repeat(1_000) })]))
      await subject.bus.publish([eventNamed("a1")])
      await until(() => consumer.status().handled === 1)
      assert.deepEqual(
        outcomes.filter((outcome) => !outcome.startsWith("publish")),
        ["receive failed", "retry failed", "retry done"],
      )
      assert.ok(outcomes.includes("publish done"))
    })
  })
}

/** Writes down what it sees, and puts a trace context into every `publish`, unless told to see only some. */
function watching(only?: Operation["name"]) {
  const operations: Operation[] = []
  const outcomes: string[] = []
  const sums = new Map<string, number>()
  const observer: Observer = {
    async around(operation, run) {
      operations.push(operation)
      if (only === undefined && operation.name === "publish") operation.metadata.traceparent = traceparent
      try {
        const result = await run()
        outcomes.push(`${operation.name} done`)
        return result
      } catch (error) {
        outcomes.push(`${operation.name} failed`)
        throw error
      }
    },
    record({ name, value, attributes }) {
      const { bus, topic, group } = attributes ?? {}
      const key = `${bus} ${topic} ${group} ${name.replace("bus.", "")}`
      sums.set(key, (sums.get(key) ?? 0) + value)
    },
  }
  const measured = () => [...sums].map(([key, sum]) => `${key} ${sum}`)
  return { observer, operations, outcomes, measured }
}
