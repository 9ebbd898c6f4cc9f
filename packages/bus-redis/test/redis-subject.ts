import { randomBytes } from "node:crypto"
import type { EventBus } from "@annals/core"
import { createRedisBus, type RedisBusOptions } from "@annals/bus-redis"
import type { CreateBusSubject, EventBusSubject } from "@annals/testing"
import { Redis } from "ioredis"

/** Leases that a test can wait out. */
export const quickLeases = { leaseMs: 600 }

export function newTopic(): string {
  return `test-${randomBytes(6).toString("hex")}`
}

/** Buses of topics of their own, which are removed afterwards. */
export function createSubjectsAt(url: string, defaults: Partial<RedisBusOptions> = {}): CreateBusSubject {
  return async (options = {}): Promise<EventBusSubject> => {
    const topic = newTopic()
    const admin = new Redis(url, { lazyConnect: true })
    await admin.connect()
    const opened: EventBus[] = []
    const open = (more: Partial<RedisBusOptions> = {}) => {
      const bus = createRedisBus({ ...quickLeases, ...defaults, ...options, ...more, url, topic })
      opened.push(bus)
      return bus
    }
    return {
      bus: open(),
      secondHandle: async (more) => open(more),
      cutConnections: () => cutConnections(admin, topic),
      publishForeign: async () => void (await admin.xadd(`{${topic}:0}`, "*", "hello", "world")),
      async [Symbol.asyncDispose]() {
        for (const bus of opened) await bus.close()
        await removeTopic(admin, topic)
        admin.disconnect()
      },
    }
  }
}

/** Ends all connections of a topic's buses. */
export async function cutConnections(admin: Redis, topic: string): Promise<void> {
  const clients = String(await admin.client("LIST")).split("\n")
  for (const client of clients.filter((line) => line.includes(` name=annals:${topic} `))) {
    await admin.client("KILL", "ID", /\bid=(\d+)/.exec(client)?.[1] as string)
  }
}

export async function removeTopic(admin: Redis, topic: string): Promise<void> {
  const keys = await admin.keys(`{${topic}*`)
  if (keys.length > 0) await admin.del(...keys)
}
