import { randomInt } from "node:crypto"
import { createServer } from "node:net"

/** Above what services use by default, and below what systems give to outgoing connections: one of those could take the port of a service that is killed and restarted. */
const range = { from: 20_000, to: 32_000 } as const

/** Free ports of 127.0.0.1, none of them in `taken`. */
export async function drawPorts(count: number, taken: readonly number[]): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = randomInt(range.from, range.to)
    if (!taken.includes(port) && !ports.includes(port) && (await isFree(port))) ports.push(port)
  }
  return ports
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once("error", () => resolve(false))
  server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)))
  return promise
}
