import type { BusConsumer, EventBus, RecordedEvent } from "@annals/core"
import type { HandlePlain, PlainBus, PlainConsumers } from "../../bare/plain-bus.ts"

const group = "ours"

/** Annals' bus with its defaults. `createHandle` makes another one on the same topic, as another process would. */
export async function openAnnalsBus(
  createHandle: () => EventBus,
  removeTopic: () => Promise<void>,
): Promise<PlainBus> {
  const bus = createHandle()
  return {
    publish: (events) => bus.publish(events as readonly RecordedEvent[]),
    consume: (consumers, handle) => consume(Array.from({ length: consumers }, createHandle), handle),
    async [Symbol.asyncDispose]() {
      await bus.removeGroup(group)
      await bus.close()
      await removeTopic()
    },
  }
}

async function consume(buses: readonly EventBus[], handle: HandlePlain): Promise<PlainConsumers> {
  const consumers = await Promise.all(
    buses.map((bus, index) => bus.subscribe({ group, handler: (event) => handle(event, index) })),
  )
  return {
    // Any of them knows it for the whole group.
    lag: () => (consumers[0] as BusConsumer).lag(),
    async [Symbol.asyncDispose]() {
      await Promise.all(buses.map((bus) => bus.close()))
    },
  }
}
