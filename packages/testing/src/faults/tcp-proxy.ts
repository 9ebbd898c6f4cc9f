import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { AnnalsError } from "@annals/core"

/** What a proxy stands in front of. */
export interface TcpProxyOptions {
  /** A URL with a port (`"amqp://guest:guest@127.0.0.1:5672"`), `"host:port"`, or both apart. */
  readonly target: string | URL | TcpAddress
}

/** Where something listens. */
export interface TcpAddress {
  readonly host: string
  readonly port: number
}

/** Stands between a client and a server, and breaks what goes through it when it is told to. Carries bytes, TLS as well. */
export interface TcpProxy extends AsyncDisposable {
  readonly host: "127.0.0.1"
  readonly port: number
  /** The target's URL, through the proxy; `"host:port"` where the target wasn't given as a URL. Holds the URL's password, if it has one. */
  readonly url: string
  /** Connections open at present. */
  readonly connections: number
  /** Destroys all connections at once, as when a cable is pulled. New ones are taken. */
  cut(): void
  /** From now on new connections are refused; those that are open go on. */
  refuse(): Promise<void>
  /** New connections are taken again. */
  accept(): Promise<void>
  /** From now on no byte comes through, in connections old and new, and none is closed: neither side hears anything. */
  stall(): void
  /** Bytes flow again, those held back first. */
  flow(): void
}

/**
 * Starts a TCP proxy on 127.0.0.1, to see what a client makes of a bad network. Disposing of it cuts what is open.
 *
 * @example
 * await using proxy = await createTcpProxy({ target: "redis://127.0.0.1:6379" })
 * await using bus = createRedisBus({ url: proxy.url, topic: "orders" })
 * proxy.cut() // the bus reconnects
 */
export async function createTcpProxy({ target }: TcpProxyOptions): Promise<TcpProxy> {
  const { host, port, url } = parseTarget(target)
  const links = new Set<Link>()
  let isStalled = false
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const link = new Link(client, connect({ host, port, allowHalfOpen: true, noDelay: true }), isStalled)
    links.add(link)
    link.onClosed(() => links.delete(link))
  })
  await listen(server, 0)
  const address = { host: "127.0.0.1", port: (server.address() as AddressInfo).port } as const
  const cut = () => {
    for (const link of links) link.cut()
  }
  const setStalled = (stalled: boolean) => {
    isStalled = stalled
    for (const link of links) link.setStalled(stalled)
  }
  return {
    ...address,
    url: url === undefined ? `${address.host}:${address.port}` : through(url, address),
    get connections() {
      return links.size
    },
    cut,
    refuse: async () => close(server),
    accept: async () => {
      if (!server.listening) await listenAgain(server, address.port)
    },
    stall: () => setStalled(true),
    flow: () => setStalled(false),
    async [Symbol.asyncDispose]() {
      close(server)
      cut()
    },
  }
}

/** A client's connection and the one to the target that belongs to it. */
class Link {
  readonly #sockets: readonly [Socket, Socket]
  #isStalled: boolean

  constructor(client: Socket, upstream: Socket, isStalled: boolean) {
    this.#sockets = [client, upstream]
    this.#isStalled = isStalled
    this.#carry(client, upstream)
    this.#carry(upstream, client)
  }

  onClosed(closed: () => void): void {
    this.#sockets[0].once("close", closed)
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  setStalled(stalled: boolean): void {
    this.#isStalled = stalled
    for (const socket of this.#sockets) {
      if (stalled) socket.pause()
      else socket.resume()
    }
  }

  #carry(from: Socket, to: Socket): void {
    from.on("data", (bytes) => {
      if (to.write(bytes)) return
      from.pause()
      to.once("drain", () => {
        if (!this.#isStalled) from.resume()
      })
    })
    from.on("end", () => to.end())
    from.on("error", () => this.cut())
    from.on("close", () => this.cut())
    if (this.#isStalled) from.pause()
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject)
      resolve()
    })
  })
}

/** Somebody's outgoing connection may have been given the port meanwhile: those pass. */
async function listenAgain(server: Server, port: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listen(server, port)
    } catch (error) {
      if (attempt === 100) throw error
      await sleep(50)
    }
  }
}

/** Takes no more connections. Doesn't wait for those that are open to end. */
function close(server: Server): void {
  if (server.listening) server.close()
}

function parseTarget(target: TcpProxyOptions["target"]): TcpAddress & { readonly url?: URL } {
  if (typeof target === "object" && !(target instanceof URL)) return target
  const isUrl = target instanceof URL || target.includes("://")
  const url = URL.parse(isUrl ? `${target}` : `tcp://${target}`)
  if (url === null || url.port === "") {
    throw new AnnalsError("INVALID_OPTION", "target must be a URL with a port, or host:port", {
      path: "target",
    })
  }
  const address = { host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(url.port) }
  return isUrl ? { ...address, url } : address
}

function through(target: URL, { host, port }: TcpAddress): string {
  const url = new URL(target)
  url.hostname = host
  url.port = `${port}`
  return url.href
}
