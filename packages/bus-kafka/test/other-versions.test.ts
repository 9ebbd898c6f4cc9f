import { createKafkaBus, type KafkaClientFactory } from "@annals/bus-kafka"
import { platformatic } from "@annals/bus-kafka/platformatic"
import { Base, kGetConnection } from "@platformatic/kafka"
import kafkajs from "kafkajs"
import { describe, expect, it } from "vitest"
import { eventsOf } from "./events.ts"

describe("another version of a client than the one that the bus is made for", () => {
  it("is refused by the name of the right one, for kafkajs", async () => {
    const { Kafka } = kafkajs
    class OtherKafka extends Kafka {
      override consumer() {
        return {} as ReturnType<InstanceType<typeof Kafka>["consumer"]>
      }
    }
    kafkajs.Kafka = OtherKafka
    try {
      await refused(undefined, "kafkajs 2.2.4")
    } finally {
      kafkajs.Kafka = Kafka
    }
  })

  it("is refused by the name of the right one, for @platformatic/kafka", async () => {
    const parts = Base.prototype as unknown as Record<symbol, unknown>
    const part = parts[kGetConnection]
    parts[kGetConnection] = undefined
    try {
      await refused(platformatic, "@platformatic/kafka 2.12.1")
    } finally {
      parts[kGetConnection] = part
    }
  })
})

async function refused(client: KafkaClientFactory | undefined, version: string): Promise<void> {
  const bus = createKafkaBus({ brokers: ["127.0.0.1:1"], ...(client !== undefined && { client }) })
  await expect(bus.publish(eventsOf(1, 1))).rejects.toMatchObject({
    code: "BUS_FAILED",
    retryable: false,
    message: expect.stringContaining(version),
  })
  await bus.close()
}
