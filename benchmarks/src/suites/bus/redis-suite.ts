import { createRedisBus } from "@annals/bus-redis"
import { serviceUrl } from "@annals/services"
import { Redis } from "ioredis"
import { openBareRedisBus } from "../../bare/redis/bare-redis-bus.ts"
import type { Suite } from "../../harness/suite.ts"
import { openAnnalsBus } from "./annals-bus.ts"
import type { BusParameters } from "./bus-parameters.ts"
import { busScenarios } from "./bus-scenarios.ts"
import { conditions } from "./conditions.ts"

const partitions = 16
const url = () => serviceUrl("redis") as string

const full: BusParameters = {
  rounds: 7,
  singles: 10_000,
  hundreds: 500,
  consumed: 100_000,
  roundTrips: 300,
  streams: 1_000,
}

/** On Redis Streams. */
export const redisBusSuite: Suite<BusParameters> = {
  name: "bus-redis",
  services: ["redis"],
  parameters: {
    full,
    quick: { ...full, rounds: 3, singles: 2_000, hundreds: 100, consumed: 20_000, roundTrips: 100 },
    tiny: { rounds: 1, singles: 5, hundreds: 1, consumed: 60, roundTrips: 3, streams: 60 },
  },
  conditions: [
    ...conditions,
    `${partitions} streams; what is published in one call is written at once or not at all`,
  ],
  describeServices,
  scenarios: busScenarios({
    ours: (topic) =>
      openAnnalsBus(
        () => createRedisBus({ url: url(), topic, partitions }),
        () => removeKeys(topic),
      ),
    bare: (topic) => openBareRedisBus(url(), topic, partitions),
  }),
}

async function removeKeys(topic: string): Promise<void> {
  await using connection = connect()
  const keys = await connection.redis.keys(`*${topic}*`)
  if (keys.length > 0) await connection.redis.unlink(keys)
}

async function describeServices(): Promise<string> {
  await using connection = connect()
  const [, version = "?"] = /redis_version:(\S+)/.exec(await connection.redis.info("server")) ?? []
  const settings = (await connection.redis.config("GET", "append*")) as string[]
  const setting = (name: string) => `${name} ${settings[settings.indexOf(name) + 1]}`
  return `Redis ${version}, ${setting("appendonly")}, ${setting("appendfsync")}`
}

function connect(): AsyncDisposable & { readonly redis: Redis } {
  const redis = new Redis(url())
  return {
    redis,
    [Symbol.asyncDispose]: async () => {
      await redis.quit()
    },
  }
}
