import type { BusMessage, DeadLetterFailure } from "@annals/core"
import type { Message, Options } from "amqplib"

/** By these a bus knows its own messages. */
const eventType = "application/x.annals.event"
const deadLetterType = "application/x.annals.dead-letter"
const probeType = "application/x.annals.probe"

const attemptsHeader = "annals-attempts"
const newline = 0x0a

/** What is sent, and how. */
export interface Outgoing {
  readonly exchange: string
  readonly routingKey: string
  readonly content: Buffer
  readonly options: Options.Publish
}

export interface Incoming {
  readonly head: string | undefined
  readonly body: Buffer
  readonly attempts: number
}

/**
 * The content is the head, on one line, and then the body. A header of AMQP would not do for the head: all headers together must fit into one frame, of 128 KiB by
 * default.
 */
export function encodeEvent({ eventId, head, body }: BusMessage, exchange: string, key: string): Outgoing {
  return {
    exchange,
    routingKey: key,
    content: joinLine(head, body),
    options: { mandatory: true, deliveryMode: 2, contentType: eventType, messageId: eventId },
  }
}

export function decodeEvent({ content, properties: { contentType, headers } }: Message): Incoming {
  const attempts = headers === undefined ? 0 : Number(headers[attemptsHeader] ?? 0)
  const end = contentType === eventType ? content.indexOf(newline) : -1
  if (end === -1) return { head: undefined, body: content, attempts }
  return { head: content.toString("utf8", 0, end), body: content.subarray(end + 1), attempts }
}

/** A message that was received, for another queue of its group. */
export function encodeAgain(message: Message, attempts: number, exchange: string, key: string): Outgoing {
  const { contentType, messageId } = message.properties
  const headers = { [attemptsHeader]: attempts }
  return {
    exchange,
    routingKey: key,
    content: message.content,
    options: { mandatory: true, deliveryMode: 2, contentType, messageId, headers },
  }
}

/** The failure comes first, on a line of its own. */
export function encodeDeadLetter(
  message: Message,
  failure: DeadLetterFailure,
  exchange: string,
  key: string,
): Outgoing {
  const { contentType, messageId } = message.properties
  const { code, attempts, failedAt } = failure
  const line = JSON.stringify({ message: failure.message, code, attempts, failedAt, contentType })
  return {
    exchange,
    routingKey: key,
    content: joinLine(line, message.content),
    options: { mandatory: true, deliveryMode: 2, contentType: deadLetterType, messageId },
  }
}

/** The message as it was before it became a dead letter, and why it did; `undefined`: it is none. */
export function decodeDeadLetter(
  message: Message,
): { readonly message: Message; readonly failure: DeadLetterFailure } | undefined {
  if (message.properties.contentType !== deadLetterType) return undefined
  const [line, content] = splitLine(message.content)
  const { contentType, ...failure } = JSON.parse(line) as DeadLetterFailure & {
    readonly contentType?: string
  }
  return { message: { ...message, content, properties: { ...message.properties, contentType } }, failure }
}

/** A message that is dropped unless somebody waits for it: its routing, or its receipt, is all that it is for. */
export function encodeProbe(exchange: string, key: string, content: unknown, expiresMs: number): Outgoing {
  return {
    exchange,
    routingKey: key,
    content: Buffer.from(JSON.stringify(content)),
    options: { mandatory: true, contentType: probeType, expiration: expiresMs },
  }
}

/** What a probe says; `undefined`: the message is none. */
export function decodeProbe({ content, properties }: Message): unknown {
  if (properties.contentType !== probeType) return undefined
  try {
    return JSON.parse(content.toString())
  } catch {
    return undefined
  }
}

function joinLine(line: string, rest: string | Uint8Array): Buffer {
  if (typeof rest === "string") return Buffer.from(`${line}\n${rest}`)
  return Buffer.concat([Buffer.from(`${line}\n`), rest])
}

function splitLine(content: Buffer): readonly [line: string, rest: Buffer] {
  const end = content.indexOf(newline)
  if (end === -1) return [content.toString(), content.subarray(content.length)]
  return [content.toString("utf8", 0, end), content.subarray(end + 1)]
}
