import { createOutboxRelay } from "@annals/subscriptions"
import { sequentialId } from "@annals/testing"
import { expect, it } from "vitest"
import { openScene } from "./scene.ts"

const mails = { "annals.relay": "mails" }

/** What a relay of the outbox measures. */
export function metricsOfOutboxes(seen: Set<string>): void {
  it("an outbox: what is sent, fails, is tried again and parked, and for how long the oldest message waits", async () => {
    await using scene = openScene(seen)
    const { store, clock } = scene
    let isAway = true
    const relay = scene.use(
      createOutboxRelay(store, {
        name: "mails",
        batchSize: 1,
        onFailure: "park",
        random: () => 0,
        retry: { attempts: 3, delayMs: 1_000, maxDelayMs: 1_000 },
        send: (messages) => {
          if (isAway || messages.some(({ body }) => body === "bad")) throw new Error("no")
        },
      }),
    )
    await store.outbox.add([{ id: sequentialId(1), topic: "mail", key: "bad", body: "bad" }])
    await clock.advance(5_000)
    await relay.start()
    const stuck = await scene.until(({ count }) => count("annals.outbox.retries", mails) === 2)
    expect(stuck.gauge("annals.outbox.lag.time", mails)).toBeGreaterThanOrEqual(6)
    expect(stuck.gauge("annals.outbox.lag.time", mails)).toBeLessThan(8)

    isAway = false
    await scene.until(({ count }) => count("annals.outbox.dead_letters", mails) === 1)
    await store.outbox.add([2, 3].map((body) => ({ id: sequentialId(body), topic: "mail", body })))
    const readings = await scene.until(
      ({ count, gauge }) =>
        count("annals.outbox.messages", mails) === 2 && gauge("annals.outbox.lag.time", mails) === 0,
    )
    expect(readings.count("annals.outbox.failures", mails)).toBe(3)
    expect(readings.count("annals.outbox.retries", mails)).toBe(2)
  })
}
