import { randomUUID } from "node:crypto"
import { usingService } from "@annals/services"
import { expect, it, vi } from "vitest"
import { openBareKafkajsBus } from "../../src/bare/kafka/bare-kafkajs-bus.ts"
import { openBarePlatformaticBus } from "../../src/bare/kafka/bare-platformatic-bus.ts"
import type { PlainBus } from "../../src/bare/plain-bus.ts"
import type { PlainRecorded } from "../../src/bare/plain-event.ts"
import { openBareRabbitmqBus } from "../../src/bare/rabbitmq/bare-rabbitmq-bus.ts"
import { openBareRedisBus } from "../../src/bare/redis/bare-redis-bus.ts"
import { RecordedDeposits } from "../../src/suites/bus/recorded-deposits.ts"

const patience = { timeout: 30_000, interval: 20 }

usingService("redis", (url) => carriesEvents("redis", (topic) => openBareRedisBus(url, topic, 4)))
usingService("rabbitmq", (url) => carriesEvents("rabbitmq", (topic) => openBareRabbitmqBus(url, topic, 4)))
usingService("kafka", (url) => {
  const brokers = [new URL(url).host]
  carriesEvents("kafkajs", (topic) => openBareKafkajsBus(brokers, topic, 4))
  carriesEvents("platformatic", (topic) => openBarePlatformaticBus(brokers, topic, 4))
})

/** Who lost some, mixed them up or acknowledged none would be fast. */
function carriesEvents(name: string, open: (topic: string) => Promise<PlainBus>): void {
  it(`bare ${name} carries whole events in the order of their streams, and acknowledges them`, {
    timeout: 60_000,
  }, async () => {
    await using bus = await open(`bench-${randomUUID()}`)
    const deposits = new RecordedDeposits(10)
    const published = [deposits.next(1), deposits.next(100), deposits.next(1)]
    for (const call of published) await bus.publish(call)
    const received: PlainRecorded[] = []
    await using consumers = await bus.consume(2, async (event) => void received.push(event))
    await vi.waitFor(() => expect(received.length).toBe(102), patience)
    expect(byStream(received)).toEqual(byStream(published.flat()))
    await vi.waitFor(async () => expect(await consumers.lag()).toBe(0), patience)
  })
}

function byStream(events: readonly PlainRecorded[]): Partial<Record<string, PlainRecorded[]>> {
  return { ...Object.groupBy(events, ({ stream }) => stream.id) }
}
