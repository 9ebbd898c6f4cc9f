// A program as a user of the buses would write it: what the tests of the packed packages compile and run.

import { createKafkaBus } from "@annals/bus-kafka"
import { createRabbitmqBus } from "@annals/bus-rabbitmq"
import { createRedisBus } from "@annals/bus-redis"
import {
  createMemoryStore,
  defineCategory,
  defineEvent,
  defineEvents,
  type EventBus,
  type,
} from "@annals/core"

const placed = defineEvent("placed", type<{ product: string }>())
const orders = defineCategory("order", [placed])

function createBus(): EventBus {
  const { BUS, BUS_URL: url = "", ANNALS_TOPIC: topic = "packed" } = process.env
  if (BUS === "redis") return createRedisBus({ url, topic })
  if (BUS === "rabbitmq") return createRabbitmqBus({ url, topic })
  return createKafkaBus({ brokers: [new URL(url).host], topic })
}

await using store = createMemoryStore()
await using bus = createBus()
await bus.createGroup("sample")
await store.append(orders.stream("1"), [placed({ product: "tea" })])
await bus.publish(await store.readAll().toArray())
const product = await new Promise((resolve, reject) => {
  const events = defineEvents([placed])
  bus.subscribe({ group: "sample", events, handler: ({ data }) => resolve(data.product) }).catch(reject)
})
console.log(product)
