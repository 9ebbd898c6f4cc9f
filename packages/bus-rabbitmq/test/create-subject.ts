import { randomUUID } from "node:crypto"
import type { BusOptions } from "@annals/core"
import { createTcpProxy, type EventBusSubject } from "@annals/testing"
import type { RabbitmqBusOptions } from "../src/index.ts"
import { createTopic } from "./create-topic.ts"

/** For the conformance suite: its first bus goes through a proxy, by which its connections can be cut. */
export async function createSubject(
  url: string,
  options: Partial<RabbitmqBusOptions> = {},
): Promise<EventBusSubject> {
  const proxy = await createTcpProxy({ target: url })
  const topic = createTopic(url, { partitions: 4, ...options })
  return {
    bus: topic.open({ url: proxy.url }),
    topic: topic.name,
    secondHandle: async (more: BusOptions = {}) => topic.open(more),
    cutConnections: async () => proxy.cut(),
    publishForeign: () =>
      topic.withChannel(async (channel) => {
        channel.publish(topic.name, "0", Buffer.from("not of a bus"), { messageId: randomUUID() })
      }),
    async [Symbol.asyncDispose]() {
      await topic[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    },
  }
}
