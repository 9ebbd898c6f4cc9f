import assert from "node:assert/strict"
import type { BusConsumer, ConsumerOptions, EventBus } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject, EventBusSubject } from "./event-bus-subject.ts"
import { anyGroup, recorder, until } from "./received.ts"
import { assertInOrder, eventsOfStreams, missingOf } from "./stream-order.ts"

/** Traps 41 and 46: whoever comes or goes, a group misses nothing, and each stream keeps its order. */
export function sharing({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("consumers of one group", () => {
    it("come and go while events flow: none is lost, and each stream keeps its order", async () => {
      await using subject = await create()
      const { handled, handler } = recorder()
      const running = new Map<string, number>()
      let overlaps = 0
      const group = anyGroup()
      const options: ConsumerOptions = {
        group,
        async handler(event) {
          const stream = event.stream.id
          if (running.has(stream)) overlaps++
          running.set(stream, event.version)
          await new Promise(setImmediate)
          handler(event)
          running.delete(stream)
        },
      }
      const events = eventsOfStreams(16, 40)
      const first = await subject.bus.subscribe(options)
      const flow = publishInSteps(subject.bus, events, 16)
      const second = await joining(subject, options)
      await until(() => handled.length > 200)
      await first.stop()
      const third = await joining(subject, options)
      await second.stop()
      await flow
      await until(() => missingOf(handled, events).length === 0)
      await third.stop()
      assertInOrder(handled, events)
      assert.equal(overlaps, 0, "no stream was handled by two at once")
    })

    it("share the work with one that joins, and tell their handlers of what isn't theirs any more", async () => {
      await using subject = await create()
      const { bus } = subject
      const group = anyGroup()
      const [first, second] = [recorder(), recorder()]
      const isShared = Promise.withResolvers<void>()
      const running = new Map<string, AbortSignal>()
      let overlaps = 0
      await bus.subscribe({
        group,
        async handler(event, { signal }) {
          running.set(event.stream.id, signal)
          await Promise.race([isShared.promise, once(signal)])
          running.delete(event.stream.id)
          if (signal.aborted) throw signal.reason
          first.handler(event)
        },
      })
      const events = eventsOfStreams(40, 3)
      await bus.publish(events)
      await until(() => running.size === 40)
      await joining(subject, {
        group,
        handler(event) {
          if (running.get(event.stream.id)?.aborted === false) overlaps++
          second.handler(event)
          isShared.resolve()
        },
      })
      await until(() => missingOf([...first.handled, ...second.handled], events).length === 0)
      assert.ok(second.handled.length > 0)
      assert.equal(overlaps, 0, "who lost a stream was told before somebody else had it")
    })
  })
}

function once(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true })
  })
}

/** Joins by another handle, where there can be one. */
async function joining(subject: EventBusSubject, options: ConsumerOptions): Promise<BusConsumer> {
  const bus = (await subject.secondHandle?.()) ?? subject.bus
  return bus.subscribe(options)
}

async function publishInSteps(
  bus: EventBus,
  events: Parameters<EventBus["publish"]>[0],
  size: number,
): Promise<void> {
  for (let from = 0; from < events.length; from += size) {
    await bus.publish(events.slice(from, from + size))
    await new Promise(setImmediate)
  }
}
