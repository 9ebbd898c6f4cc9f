import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** A proxy on this machine before a server, which can fail in the ways that networks do. */
export interface TcpProxy extends AsyncDisposable {
  /** The same URL, by way of the proxy. */
  readonly url: string
  /** Connections that were accepted while it was frozen, and are still open. */
  readonly unanswered: number
  /** From now on nothing is forwarded and nothing closed; new connections are accepted all the same. */
  freeze(): void
  /** New connections work again; those from before stay silent. */
  thaw(): void
  /** Cuts every connection, and refuses new ones. */
  refuse(): Promise<void>
  /** Takes connections again, on the same port. */
  accept(): Promise<void>
}

export async function createTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let isFrozen = false
  let unanswered = 0
  const server = createServer((socket) => {
    keep(socket)
    if (isFrozen) {
      unanswered++
      socket.resume().once("close", () => unanswered--)
      return
    }
    const upstream = keep(connect(Number(port || 5432), hostname))
    socket.pipe(upstream).pipe(socket)
    socket.once("close", () => upstream.destroy())
    upstream.once("close", () => socket.destroy())
  })

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    socket.on("error", () => socket.destroy())
    socket.once("close", () => sockets.delete(socket))
    return socket
  }

  async function accept(port = address.port): Promise<void> {
    server.listen(port, "127.0.0.1")
    await once(server, "listening")
  }

  async function refuse(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, "close")
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  let address = { port: 0 }
  await accept()
  address = server.address() as AddressInfo
  const url = new URL(target)
  url.hostname = "127.0.0.1"
  url.port = String(address.port)
  return {
    url: url.href,
    get unanswered() {
      return unanswered
    },
    freeze() {
      isFrozen = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    thaw() {
      isFrozen = false
    },
    accept,
    refuse,
    [Symbol.asyncDispose]: refuse,
  }
}
