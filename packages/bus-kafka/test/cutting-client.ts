import { AsyncLocalStorage } from "node:async_hooks"
import { subscribe } from "node:diagnostics_channel"
import type { Socket } from "node:net"
import type { KafkaClientFactory } from "@annals/bus-kafka"
import type { KafkaConnection } from "../src/kafka-client.ts"

/** A client whose network can be broken. A broker tells its clients its own address, so a proxy before it would soon be out of the way. */
export interface CuttingClient {
  readonly client: KafkaClientFactory
  /** Breaks all connections. */
  cut(): void
  /** Breaks all connections, and lets no new one come about, until `accept()`. */
  refuse(): void
  accept(): void
  /** Requests are answered no more, until `flow()`. */
  stall(): void
  flow(): void
  /** How many were sent. */
  requests(name: keyof KafkaConnection): number
}

class Network {
  readonly sockets = new Set<Socket>()
  isRefusing = false
  isStalled = false
  readonly requests = new Map<string | symbol, number>()

  opened(socket: Socket): void {
    this.sockets.add(socket)
    socket.once("close", () => this.sockets.delete(socket))
    if (this.isRefusing) socket.destroy(socketError("connect ECONNREFUSED"))
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy(socketError("read ECONNRESET"))
  }
}

/** Whose sockets are being opened. */
const networks = new AsyncLocalStorage<Network>()

subscribe("net.client.socket", (message) => {
  networks.getStore()?.opened((message as { readonly socket: Socket }).socket)
})

export function createCuttingClient(client: KafkaClientFactory): CuttingClient {
  const network = new Network()
  const connect: KafkaClientFactory["connect"] = (settings) =>
    new Proxy(client.connect(settings), {
      get:
        (connection, name) =>
        (...args: unknown[]) => {
          network.requests.set(name, (network.requests.get(name) ?? 0) + 1)
          if (network.isStalled) {
            if (name === "close") void connection.close()
            return new Promise(() => {})
          }
          return networks.run(network, () => method(connection, name).apply(connection, args))
        },
    })
  return {
    client: { ...client, connect },
    cut: () => network.cut(),
    refuse() {
      network.isRefusing = true
      network.cut()
    },
    accept() {
      network.isRefusing = false
    },
    stall() {
      network.isStalled = true
    },
    flow() {
      network.isStalled = false
    },
    requests: (name) => network.requests.get(name) ?? 0,
  }
}

function socketError(message: string): Error {
  return Object.assign(new Error(message), { code: message.split(" ")[1] })
}

function method(connection: KafkaConnection, name: string | symbol): (...args: unknown[]) => unknown {
  return connection[name as keyof KafkaConnection] as (...args: unknown[]) => unknown
}
