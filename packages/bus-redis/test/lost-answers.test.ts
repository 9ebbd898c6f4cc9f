import assert from "node:assert/strict"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { createRedisBus, type RedisNode } from "@annals/bus-redis"
import { usingService } from "@annals/services"
import { describe, it } from "vitest"
import { eventsNamed, nameOf, until } from "./events.ts"
import { clusterOf, newTopic, removeTopic } from "./redis-subject.ts"

usingService("redis-cluster", (url) =>
  describe("entries that a node of a cluster read out, when the answer was lost", () => {
    it("are handled, and before what comes after them", async () => {
      const topic = newTopic()
      const server = clusterOf(url)
      const connection = await server.connect()
      const publishing = createRedisBus({ ...server.access, topic, partitions: 1 })
      // What only tells that there is something names the stream as well.
      const swallowing = { text: "", except: `{${topic}:0}` }
      await using proxies = await createProxies(
        connection.nodes.map(({ options: { host = "", port = 0 } }) => ({ host, port })),
        swallowing,
      )
      const { username, password } = server.access
      const bus = createRedisBus({
        cluster: { nodes: proxies.nodes, natMap: proxies.natMap },
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        topic,
        partitions: 1,
      })
      const handled: string[] = []
      await bus.subscribe({ group: "g", handler: (event) => void handled.push(nameOf(event)) })
      await publishing.publish(eventsNamed("a1"))
      await until(() => handled.length === 1)
      const [second, third] = eventsNamed("a2", "a3")
      assert.ok(second && third)
      // The entry is read, and nobody hears of it. Until it is read again there is a later one.
      swallowing.text = second.id
      await publishing.publish([second])
      await until(() => swallowing.text === "")
      await publishing.publish([third])
      await until(() => handled.includes("a3"))
      assert.deepEqual(handled, ["a1", "a2", "a3"])
      await bus.close()
      await publishing.close()
      await removeTopic(connection, topic)
      connection.close()
    })
  }),
)

/** Stand in front of nodes. One that is about to pass on a given text from its node ends the connection instead, once. */
async function createProxies(
  targets: readonly RedisNode[],
  swallowing: { text: string; readonly except: string },
) {
  const sockets = new Set<Socket>()
  const servers = targets.map((target) =>
    createServer((client) => {
      const node = connect(target.port, target.host)
      const end = () => [client, node].map((socket) => socket.destroy())
      for (const socket of [client, node]) {
        sockets.add(socket)
        socket.on("error", end).on("close", end)
      }
      client.pipe(node)
      node.on("data", (bytes) => {
        const { text, except } = swallowing
        // A transaction's answer names the stream, too.
        const isOther = bytes.includes(except) && !bytes.includes("QUEUED")
        if (text === "" || !bytes.includes(text) || isOther) return void client.write(bytes)
        swallowing.text = ""
        end()
      })
    }),
  )
  const nodes: RedisNode[] = []
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    nodes.push({ host: "127.0.0.1", port: (server.address() as AddressInfo).port })
  }
  const natMap = Object.fromEntries(
    targets.map(({ host, port }, index) => [`${host}:${port}`, nodes[index] as RedisNode]),
  )
  return {
    nodes,
    natMap,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      for (const server of servers) server.close()
    },
  }
}
