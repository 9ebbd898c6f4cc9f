import { exchange } from "./exchange.ts"

const correlationId = 7

/** Asks for the cluster's metadata. A broker that has not joined its own cluster yet answers without naming any broker. */
export async function checkKafka(url: string): Promise<void> {
  // A list of brokers, with or without a scheme, is how Kafka's clients are configured.
  const [broker = ""] = url.replace(/^kafka:\/\//, "").split(",")
  const { hostname, port } = new URL(`kafka://${broker}`)
  const answer = await exchange({ hostname, port: port || "9092" }, metadataRequest(), isComplete)
  const matches = answer.readInt32BE(4) === correlationId
  if (!matches || answer.readInt32BE(8) < 1) throw new Error("Kafka names no broker")
}

/** Version 1, about no topic. */
function metadataRequest(): Buffer {
  const client = Buffer.from("annals")
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + client.length + 4)
  let at = request.writeInt32BE(request.length - 4, 0)
  at = request.writeInt16BE(3, at)
  at = request.writeInt16BE(1, at)
  at = request.writeInt32BE(correlationId, at)
  at = request.writeInt16BE(client.length, at)
  at += client.copy(request, at)
  request.writeInt32BE(0, at)
  return request
}

function isComplete(answer: Buffer): boolean {
  return answer.length >= 12 && answer.length >= 4 + answer.readInt32BE(0)
}
