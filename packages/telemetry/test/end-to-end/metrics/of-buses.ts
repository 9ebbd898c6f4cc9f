import { createMemoryBus, type RecordedEvent } from "@annals/core"
import { expect, it } from "vitest"
import { openScene, place, type Scene } from "./scene.ts"

const memory = { "messaging.system.name": "memory", "messaging.destination.name": "annals" }
const shipping = { ...memory, "messaging.consumer.group.name": "shipping" }

async function publishAll(scene: Scene, publish: (events: readonly RecordedEvent[]) => Promise<void>) {
  await publish(await scene.store.readAll().toArray())
}

/** What goes out and comes in by a bus. */
export function metricsOfBuses(seen: Set<string>): void {
  it("a bus: what is sent, handled, failed, tried again and parked, with how long it took", async () => {
    await using scene = openScene(seen)
    const { store, clock, meters } = scene
    const bus = scene.use(createMemoryBus({ clock, observer: meters.observer, random: () => 0 }))
    await bus.subscribe({
      group: "shipping",
      deadLetters: store.deadLetters,
      retry: { attempts: 3, delayMs: 10 },
      handler: ({ stream }, { attempt }) => {
        if (stream.id === "slow" && attempt === 1) throw new RangeError("not yet")
        if (stream.id === "bad") throw new RangeError("never")
      },
    })
    for (const id of ["good", "slow", "bad"]) await place(store, id, 1)
    await publishAll(scene, (events) => bus.publish(events))

    const readings = await scene.until(
      ({ count }) =>
        count("annals.bus.dead_letters", shipping) === 1 && count("annals.bus.handled", shipping) === 2,
    )
    expect(readings.histogram("messaging.client.operation.duration", memory).count).toBe(1)
    expect(readings.histogram("messaging.client.operation.duration", memory).sum).toBeGreaterThan(0)
    expect(readings.count("messaging.client.sent.messages", memory)).toBe(3)
    expect(readings.count("messaging.client.consumed.messages", shipping)).toBe(3)
    // Of "slow" one, of "bad" all three.
    expect(readings.count("annals.bus.failures", shipping)).toBe(4)
    expect(readings.count("annals.bus.retries", shipping)).toBe(3)
    // Those, and one each of "good" and "slow" that went well.
    expect(readings.histogram("messaging.process.duration", shipping).count).toBe(6)
    expect(readings.histogram("messaging.process.duration", shipping).sum).toBeGreaterThan(0)
    const failed = { ...shipping, "error.type": "RangeError" }
    expect(readings.histogram("messaging.process.duration", failed).count).toBe(4)
  })
}
