import { randomUUID } from "node:crypto"
import type { BusOptions } from "@annals/core"
import { createTcpProxy, type EventBusSubject } from "@annals/testing"
import { connect } from "amqplib"
import { createRabbitmqBus, type RabbitmqBusOptions } from "../src/index.ts"

/** A bus of a topic of its own, whose connections can be cut. What it leaves in the broker is removed. */
export async function createSubject(
  url: string,
  options: Partial<RabbitmqBusOptions> = {},
): Promise<EventBusSubject> {
  const topic = `test-${randomUUID()}`
  const proxy = await createTcpProxy({ target: url })
  const settings = { topic, partitions: 4, ...options }
  const open = (at: string, more?: BusOptions) => createRabbitmqBus({ ...settings, ...more, url: at })
  const handles = [open(proxy.url)]
  return {
    bus: handles[0] as ReturnType<typeof open>,
    secondHandle: async (more) => {
      const handle = open(url, more)
      handles.push(handle)
      return handle
    },
    cutConnections: async () => proxy.cut(),
    publishForeign: () => publishForeign(url, topic),
    async [Symbol.asyncDispose]() {
      await Promise.all(handles.map((handle) => handle.close()))
      await proxy[Symbol.asyncDispose]()
    },
  }
}

async function publishForeign(url: string, topic: string): Promise<void> {
  const connection = await connect(url)
  const channel = await connection.createConfirmChannel()
  channel.publish(topic, "0", Buffer.from("not of a bus"))
  await channel.waitForConfirms()
  await connection.close()
}
