import { randomBytes } from "node:crypto"
import { createRedisBus, type RedisBusOptions } from "@annals/bus-redis"
import type { EventBus } from "@annals/core"
import type { CreateBusSubject, EventBusSubject } from "@annals/testing"
import { Cluster, Redis } from "ioredis"

/** For tests that wait until one runs out. Others keep the default: on a busy machine a short one is lost, and events come again. */
export const quickLeases = { leaseMs: 1_500 }

export function newTopic(): string {
  return `test-${randomBytes(6).toString("hex")}`
}

/** How the buses of a suite reach Redis, and how the suite itself does. */
export interface TestServer {
  readonly access: Pick<RedisBusOptions, "url" | "cluster" | "sentinel" | "username" | "password" | "tls">
  /** Connected to all servers that have keys. */
  connect(): Promise<TestConnection>
}

export interface TestConnection {
  readonly client: Redis | Cluster
  readonly nodes: readonly Redis[]
  close(): void
}

export function singleServer(url: string): TestServer {
  return {
    access: { url },
    async connect() {
      const client = new Redis(url, { lazyConnect: true })
      await client.connect()
      return { client, nodes: [client], close: () => client.disconnect() }
    },
  }
}

/** By the URL of one of its nodes. */
export function clusterOf(url: string): TestServer {
  const { hostname: host, port, username, password } = new URL(url)
  const nodes = [{ host, port: Number(port) }]
  return {
    access: { cluster: { nodes }, username, password },
    async connect() {
      const client = new Cluster(nodes, { redisOptions: { username, password }, lazyConnect: true })
      await client.connect()
      return { client, nodes: client.nodes("master"), close: () => client.disconnect() }
    },
  }
}

/** Buses of topics of their own, which are removed afterwards. */
export function createSubjectsAt(
  server: TestServer,
  defaults: Partial<RedisBusOptions> = {},
): CreateBusSubject {
  return async (options = {}): Promise<EventBusSubject> => {
    const topic = newTopic()
    const connection = await server.connect()
    const opened: EventBus[] = []
    const open = (more: Partial<RedisBusOptions> = {}) => {
      const bus = createRedisBus({
        ...defaults,
        ...options,
        ...more,
        ...server.access,
        topic,
      })
      opened.push(bus)
      return bus
    }
    return {
      bus: open(),
      topic,
      secondHandle: async (more) => open(more),
      cutConnections: () => cutConnections(connection, topic),
      publishForeign: async () => void (await connection.client.xadd(`{${topic}:0}`, "*", "hello", "world")),
      async [Symbol.asyncDispose]() {
        for (const bus of opened) await bus.close()
        await removeTopic(connection, topic)
        connection.close()
      },
    }
  }
}

/** Ends all connections of a topic's buses. */
async function cutConnections({ nodes }: TestConnection, topic: string): Promise<void> {
  for (const node of nodes) {
    const clients = String(await node.client("LIST")).split("\n")
    for (const client of clients.filter((line) => line.includes(`annals:${topic} `))) {
      await node.client("KILL", "ID", /\bid=(\d+)/.exec(client)?.[1] as string)
    }
  }
}

export async function removeTopic({ client, nodes }: TestConnection, topic: string): Promise<void> {
  for (const node of nodes) {
    for (const key of await node.keys(`{${topic}*`)) await client.del(key)
  }
}
