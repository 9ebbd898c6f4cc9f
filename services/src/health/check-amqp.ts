import { exchange } from "./exchange.ts"

/** AMQP 0-9-1's greeting. */
const greeting = Buffer.from("AMQP\0\0\x09\x01", "latin1")
const methodFrame = 1

/** Greets and waits for the server's `connection.start`. */
export async function checkAmqp(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const answer = await exchange({ hostname, port: port || "5672" }, greeting, ({ length }) => length >= 11)
  // A frame's type and channel, its size, then class 10 and method 10.
  const isStart = answer[0] === methodFrame && answer.readUInt32BE(7) === 0x000a000a
  if (!isStart) throw new Error(`RabbitMQ answered ${answer.toString("latin1")}`)
}
