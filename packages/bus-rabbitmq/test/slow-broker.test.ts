import type { AddressInfo } from "node:net"
import { createServer, connect as dial } from "node:net"
import { usingService } from "@annals/services"
import { expect, it } from "vitest"
import { createTopic, succeeds, until } from "./create-topic.ts"
import { eventsOf } from "./events.ts"

const heartbeat = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce])
/** Class and method of `connection.open-ok`. */
const openOk = Buffer.from([0, 10, 0, 41])

usingService("rabbitmq", (url) => {
  it("a broker that is slow to open a connection can't be reached yet: it hasn't refused", async () => {
    await using topic = createTopic(url)
    await using slow = await startSlowProxy(url, 1)
    const bus = topic.open({ url: slow.url })
    const error = await bus.publish(eventsOf(1, 1)).catch((reason) => reason)
    expect(error).toMatchObject({ code: "BUS_UNAVAILABLE", retryable: true })
    await until(() => succeeds(bus.publish(eventsOf(1, 1))))
  })
})

/** Sends a heartbeat before so many connections are opened, as a broker does that takes longer than the heartbeat's interval. */
async function startSlowProxy(target: string, times: number) {
  const { hostname, port } = new URL(target)
  let left = times
  const server = createServer((client) => {
    const broker = dial(Number(port), hostname)
    client.pipe(broker)
    broker.on("data", (data) => {
      if (data.includes(openOk) && left-- > 0) client.write(heartbeat)
      client.write(data)
    })
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      one.on("error", () => {})
      one.on("close", () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const own = new URL(target)
  own.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: own.href,
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}
