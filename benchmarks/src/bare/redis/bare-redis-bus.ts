import { Redis } from "ioredis"
import { partitionOf, sharePartitions } from "../partition-of.ts"
import type { HandlePlain, PlainBus, PlainConsumers } from "../plain-bus.ts"
import type { PlainRecorded } from "../plain-event.ts"
import { type BareRedisConsumer, startConsumer } from "./bare-redis-consumer.ts"

const group = "bare"

/** A third of what a transaction of as many XADDs costs here: there is one reply to read. */
const addAll = `
for index = 1, #ARGV, 2 do
  redis.call("XADD", KEYS[tonumber(ARGV[index])], "*", "event", ARGV[index + 1])
end`

type WithScript = Redis & { addAll(...values: (string | number)[]): Promise<void> }

/** A bus on Redis Streams, written by hand on `ioredis`: a stream for each partition, the events of one call in one script. */
export async function openBareRedisBus(url: string, topic: string, partitions: number): Promise<PlainBus> {
  const redis = new Redis(url, { lazyConnect: true })
  await redis.connect()
  const keys = Array.from({ length: partitions }, (_, partition) => `${topic}:${partition}`)
  for (const key of keys) await redis.xgroup("CREATE", key, group, "0", "MKSTREAM")
  redis.defineCommand("addAll", { numberOfKeys: partitions, lua: addAll })
  return {
    async publish(events) {
      const [first] = events
      if (events.length === 1 && first) {
        const key = keys[partitionOf(first.stream, partitions)] as string
        await redis.xadd(key, "*", "event", JSON.stringify(first))
      } else {
        const numbersAndEvents = events.flatMap((event) => [
          partitionOf(event.stream, partitions) + 1,
          JSON.stringify(event),
        ])
        await (redis as WithScript).addAll(...keys, ...numbersAndEvents)
      }
    },
    consume: (consumers, handle) => consume(redis, keys, consumers, handle),
    async [Symbol.asyncDispose]() {
      await redis.del(keys)
      await redis.quit()
    },
  }
}

async function consume(
  redis: Redis,
  keys: readonly string[],
  consumers: number,
  handle: HandlePlain,
): Promise<PlainConsumers> {
  const running: BareRedisConsumer[] = []
  for (const [index, own] of sharePartitions(keys.length, consumers).entries()) {
    const name = `consumer-${index}`
    const streams = own.map((partition) => keys[partition] as string)
    const handleHere = (event: PlainRecorded) => handle(event, index)
    running.push(await startConsumer(redis, { group, name, keys: streams, handle: handleHere }))
  }
  return {
    lag: async () =>
      (await Promise.all(keys.map((key) => lagOf(redis, key)))).reduce((sum, lag) => sum + lag, 0),
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((consumer) => consumer.stop()))
    },
  }
}

/** What the group hasn't read, and what it has read and not acknowledged. */
async function lagOf(redis: Redis, key: string): Promise<number> {
  const [info] = (await redis.xinfo("GROUPS", key)) as [(string | number)[]]
  const field = (name: string) => Number(info[info.indexOf(name) + 1])
  return field("lag") + field("pending")
}
