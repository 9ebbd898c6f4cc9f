import { createBus, type EventBus, harmlessLogger, systemClock } from "@annals/core"
import { RedisLink } from "./connection/redis-link.ts"
import { RedisBusDriver } from "./redis-bus-driver.ts"
import type { RedisBusOptions } from "./redis-bus-options.ts"
import { resolveRedisOptions } from "./settings.ts"
import { Topic } from "./topic.ts"

/**
 * A bus on Redis Streams, Redis 6.2 or newer. Any number of processes may use one topic at the same time.
 *
 * Nothing is connected before the first use. That fails with `BUS_UNAVAILABLE` (`retryable`) when the server can't be reached, with `BUS_FAILED` when it refuses, and with
 * `INVALID_OPTION` when the topic has another number of partitions; options out of range are `INVALID_OPTION` at once.
 *
 * @example
 * await using bus = createRedisBus({ url: "redis://localhost:6379" })
 * await bus.subscribe({ group: "mail", handler: (event) => console.log(event.type) })
 */
export function createRedisBus(options: RedisBusOptions): EventBus {
  const settings = resolveRedisOptions(options)
  const link = new RedisLink(settings, options.random ?? Math.random)
  const topic = new Topic(link, settings, options.logger && harmlessLogger(options.logger))
  return createBus(new RedisBusDriver(topic, options.clock ?? systemClock), options)
}
