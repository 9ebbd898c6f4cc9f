import type { BusMessage } from "@annals/core"
import type { KafkaMessage, KafkaRecord } from "./kafka-client.ts"

/** Headers of a message, besides its key, which is the stream's name, and its value, which is the payload. */
export const headerNames = {
  /** Everything about the event but its payload. */
  head: "annals-head",
  eventId: "annals-event-id",
  /** Of retries: the attempts that failed, and from when on it is to be tried again, in epoch milliseconds. */
  retry: "annals-retry",
  /** Of dead letters: why, as JSON. */
  failure: "annals-failure",
} as const

/** A message on its way to a topic. */
export interface OutgoingMessage {
  /** Its partition is the remainder of this by their number. */
  readonly slot: number
  readonly message: KafkaMessage
  /** About. */
  readonly bytes: number
}

/** What a message takes up besides what is counted: lengths, names of headers. */
const overheadBytes = 100

export function outgoing(slot: number, message: KafkaMessage): OutgoingMessage {
  let bytes = overheadBytes + Buffer.byteLength(message.key) + (message.value?.byteLength ?? 0)
  for (const value of Object.values(message.headers)) bytes += Buffer.byteLength(value)
  return { slot, message, bytes }
}

export function encodeMessage({ slot, key, eventId, head, body }: BusMessage): OutgoingMessage {
  const value = typeof body === "string" ? Buffer.from(body) : bufferOf(body)
  const headers = { [headerNames.head]: head, [headerNames.eventId]: eventId }
  return outgoing(slot, { key, value, headers })
}

/** The same message for another topic, with these headers besides those of the event. */
export function forwarded(
  record: Pick<KafkaRecord, "key" | "value" | "header">,
  headers: Readonly<Record<string, string>>,
): KafkaMessage {
  const kept: Record<string, string> = {}
  for (const name of [headerNames.head, headerNames.eventId]) {
    const found = record.header(name)
    if (found !== undefined) kept[name] = found.toString()
  }
  return {
    key: record.key?.toString() ?? "",
    value: record.value ?? Buffer.alloc(0),
    headers: { ...kept, ...headers },
  }
}

export function retryHeader(attempts: number, dueAt: number): Record<string, string> {
  return { [headerNames.retry]: `${attempts} ${dueAt}` }
}

export interface Retry {
  readonly attempts: number
  readonly dueAt: number
}

export function readRetry(record: KafkaRecord): Retry {
  const [attempts = 0, dueAt = 0] = (record.header(headerNames.retry)?.toString() ?? "")
    .split(" ")
    .map((part) => Number.parseInt(part, 10) || 0)
  return { attempts, dueAt }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
