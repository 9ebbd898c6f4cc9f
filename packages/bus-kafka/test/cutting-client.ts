import { AsyncLocalStorage } from "node:async_hooks"
import { subscribe } from "node:diagnostics_channel"
import type { Socket } from "node:net"
import type { KafkaClientFactory } from "@annals/bus-kafka"
import type { KafkaConnection } from "../src/kafka-client.ts"

/** Whose sockets are being opened. A broker tells its clients its own address, so a proxy before it would soon be out of the way. */
const openers = new AsyncLocalStorage<Set<Socket>>()

subscribe("net.client.socket", (message) => {
  const { socket } = message as { readonly socket: Socket }
  const opened = openers.getStore()
  opened?.add(socket)
  socket.once("close", () => opened?.delete(socket))
})

/** The same client, whose connections can be cut as a network would. */
export function createCuttingClient(client: KafkaClientFactory): {
  readonly client: KafkaClientFactory
  cut(): void
} {
  const sockets = new Set<Socket>()
  const connect: KafkaClientFactory["connect"] = (settings) =>
    new Proxy(client.connect(settings), {
      get:
        (connection, name) =>
        (...args: unknown[]) =>
          openers.run(sockets, () => method(connection, name).apply(connection, args)),
    })
  const cut = () => {
    for (const socket of sockets)
      socket.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }))
  }
  return { client: { ...client, connect }, cut }
}

function method(connection: KafkaConnection, name: string | symbol): (...args: unknown[]) => unknown {
  return connection[name as keyof KafkaConnection] as (...args: unknown[]) => unknown
}
