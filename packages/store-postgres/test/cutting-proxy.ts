import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** A proxy before a server, which cuts connections just where the outcome of a statement is at stake. */
export interface CuttingProxy extends AsyncDisposable {
  /** The same URL, by way of the proxy. */
  readonly url: string
  /** How many connections were asked for, also those that it refused. */
  readonly asked: number
  /**
   * Cuts the connection over which a message with this text comes next: before the server gets it, or when the server has answered,
   * of which nothing arrives.
   */
  cut(text: string, when: "before" | "after"): void
  /** How many of the cuts that were ordered are still to come. */
  readonly ordered: number
  /** From now on new connections are closed at once, or aren't any more. */
  refuse(isRefusing: boolean): void
}

export async function createCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const orders: { readonly text: string; readonly when: "before" | "after" }[] = []
  let isRefusing = false
  let asked = 0
  const server = createServer((client) => {
    asked++
    if (isRefusing) {
      client.on("error", () => {}).destroy()
      return
    }
    const upstream = connect(Number(port || 5432), hostname)
    let isCutting = false
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on("error", end).on("close", () => {
        sockets.delete(socket)
        end()
      })
    }
    client.on("data", (data) => {
      const index = orders.findIndex(({ text }) => data.includes(text))
      const [order] = index < 0 ? [] : orders.splice(index, 1)
      if (order?.when === "before") return end()
      if (order?.when === "after") isCutting = true
      upstream.write(data)
    })
    upstream.on("data", (data) => {
      if (!isCutting) client.write(data)
      else if (isReady(data)) end()
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const url = new URL(target)
  url.hostname = "127.0.0.1"
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    get asked() {
      return asked
    },
    cut: (text, when) => orders.push({ text, when }),
    get ordered() {
      return orders.length
    },
    refuse(refusing) {
      isRefusing = refusing
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close")
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Ends with ReadyForQuery: whatever the server was asked for is done. */
function isReady(data: Buffer): boolean {
  return data.subarray(-6, -1).equals(Buffer.from([0x5a, 0, 0, 0, 5]))
}
