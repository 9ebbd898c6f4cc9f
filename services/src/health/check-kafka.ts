import { exchange } from "./exchange.ts"

const correlationId = 7
const metadata = { apiKey: 3, version: 1 }
const findCoordinator = { apiKey: 10, version: 1 }
const coordinatorNotAvailable = 15

/**
 * Asks for the cluster's metadata, and for the coordinator of a group. A broker that has not joined its own cluster yet answers without naming any broker; the first
 * question for a coordinator has the brokers make the topic of offsets, without which nobody can join a group.
 */
export async function checkKafka(url: string): Promise<void> {
  const brokers = await ask(url, metadata, noTopics())
  if (brokers.readInt32BE(8) < 1) throw new Error("Kafka names no broker")
  const coordinator = await ask(url, findCoordinator, groupCalled("annals"))
  if (coordinator.readInt16BE(12) === coordinatorNotAvailable) {
    throw new Error("Kafka has no coordinator for groups yet")
  }
}

interface Request {
  readonly apiKey: number
  readonly version: number
}

/** Returns the answer, with its length and its correlation in front. */
async function ask(url: string, request: Request, body: Buffer): Promise<Buffer> {
  // A list of brokers, with or without a scheme, is how Kafka's clients are configured.
  const [broker = ""] = url.replace(/^kafka:\/\//, "").split(",")
  const { hostname, port } = new URL(`kafka://${broker}`)
  const answer = await exchange({ hostname, port: port || "9092" }, encode(request, body), isComplete)
  if (answer.readInt32BE(4) !== correlationId) throw new Error("what answers is no Kafka broker")
  return answer
}

function encode({ apiKey, version }: Request, body: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeInt16BE(apiKey, 4)
  head.writeInt16BE(version, 6)
  head.writeInt32BE(correlationId, 8)
  const request = Buffer.concat([head, text("annals"), body])
  request.writeInt32BE(request.length - 4, 0)
  return request
}

function noTopics(): Buffer {
  return Buffer.alloc(4)
}

/** With the kind of key: 0, a group. */
function groupCalled(name: string): Buffer {
  return Buffer.concat([text(name), Buffer.alloc(1)])
}

function text(value: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeInt16BE(Buffer.byteLength(value))
  return Buffer.concat([length, Buffer.from(value)])
}

function isComplete(answer: Buffer): boolean {
  return answer.length >= 14 && answer.length >= 4 + answer.readInt32BE(0)
}
