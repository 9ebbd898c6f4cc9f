import type { EventMetadata } from "../events/event.ts"
import { joinMetadata } from "../store/event-metadata.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import { slotOf } from "../streams/slot.ts"
import type { StreamKey } from "../streams/stream.ts"
import type { BusMessage } from "./bus-driver.ts"

/** What a publisher's observer sent along: trace context. */
export type SentAlong = Readonly<Record<string, string>>

/** A message's head: everything about its event but the payload's body. What isn't there is left out. */
interface WireHead {
  readonly id: string
  readonly type: string
  readonly schemaVersion: number
  readonly tenant?: string
  readonly category: string
  readonly stream: string
  readonly version: number
  readonly position: number
  readonly tags?: readonly string[]
  readonly correlationId?: string
  readonly causationId?: string
  /** But the two ids. */
  readonly metadata?: EventMetadata
  readonly occurredAt: number
  readonly recordedAt: number
  readonly encoding: string
  /** The payload's body is bytes, not text. */
  readonly isBytes?: true
  readonly sent?: SentAlong
}

export interface WireEvent {
  readonly event: StoredEvent
  /** Those of the event, whose own are text: parsing them again would take as long as reading the head. */
  readonly metadata: EventMetadata
  readonly sent: SentAlong | undefined
}

/** The wire's form of an event. `sent`: left out if empty. */
export function toMessage(event: StoredEvent, sent: SentAlong | undefined): BusMessage {
  const { id, type, stream, payload, tags, correlationId, causationId, metadata } = event
  // Put together from parts: the metadata are text already, and JSON.stringify of the whole takes twice as long.
  const head =
    `{"id":"${id}","type":${quoted(type)},"schemaVersion":${event.schemaVersion}` +
    (stream.tenant === "" ? "" : `,"tenant":${quoted(stream.tenant)}`) +
    `,"category":${quoted(stream.category)},"stream":${quoted(stream.id)}` +
    `,"version":${event.version},"position":${event.position}` +
    (tags.length === 0 ? "" : `,"tags":${JSON.stringify(tags)}`) +
    (correlationId === undefined ? "" : `,"correlationId":${quoted(correlationId)}`) +
    (causationId === undefined ? "" : `,"causationId":${quoted(causationId)}`) +
    (metadata === "" ? "" : `,"metadata":${metadata}`) +
    `,"occurredAt":${event.occurredAt},"recordedAt":${event.recordedAt},"encoding":${quoted(payload.encoding)}` +
    (typeof payload.body === "string" ? "" : ',"isBytes":true') +
    (sent === undefined ? "}" : `,"sent":${JSON.stringify(sent)}}`)
  return {
    slot: slotOf(stream),
    key: keyOf(stream),
    eventId: id,
    type,
    category: stream.category,
    head,
    body: payload.body,
  }
}

/** As JSON. Most names need no escapes. */
function quoted(name: string): string {
  return plain.test(name) ? `"${name}"` : JSON.stringify(name)
}

const plain = /^[\w .:/-]*$/

/** Brokers show it to people, and some take no control characters. */
function keyOf({ tenant, category, id }: StreamKey): string {
  return tenant === "" ? `${category}/${id}` : `${tenant}:${category}/${id}`
}

/** Reads a message; `undefined`: no bus made it. */
export function fromMessage(head: string | undefined, body: string | Uint8Array): WireEvent | undefined {
  if (head === undefined) return undefined
  const wire = parseHead(head)
  if (wire === undefined) return undefined
  const { correlationId, causationId, metadata: fields } = wire
  const event: StoredEvent = {
    id: wire.id,
    type: wire.type,
    schemaVersion: wire.schemaVersion,
    tags: wire.tags ?? noTags,
    correlationId,
    causationId,
    metadata: fields === undefined ? "" : JSON.stringify(fields),
    occurredAt: wire.occurredAt,
    payload: { encoding: wire.encoding, body: wire.isBytes ? bytesOf(body) : textOf(body) },
    stream: { tenant: wire.tenant ?? "", category: wire.category, id: wire.stream },
    version: wire.version,
    position: wire.position,
    recordedAt: wire.recordedAt,
  }
  const metadata = joinMetadata(fields, correlationId, causationId)
  return { event, metadata, sent: wire.sent }
}

const noTags: readonly string[] = Object.freeze([])

function parseHead(head: string): WireHead | undefined {
  try {
    const wire = JSON.parse(head) as Partial<WireHead> | null
    return wire !== null && hasNames(wire) && hasNumbers(wire) && hasMetadata(wire)
      ? (wire as WireHead)
      : undefined
  } catch {
    return undefined
  }
}

/** Anybody may have written to the broker: what isn't as a bus writes it must reach no handler. */
function hasNames({ id, type, tenant, category, stream, tags, encoding }: Partial<WireHead>): boolean {
  return (
    typeof id === "string" &&
    typeof type === "string" &&
    (tenant === undefined || typeof tenant === "string") &&
    typeof category === "string" &&
    typeof stream === "string" &&
    (tags === undefined || Array.isArray(tags)) &&
    typeof encoding === "string"
  )
}

function hasNumbers(wire: Partial<WireHead>): boolean {
  return (
    typeof wire.schemaVersion === "number" &&
    typeof wire.version === "number" &&
    typeof wire.position === "number" &&
    typeof wire.occurredAt === "number" &&
    typeof wire.recordedAt === "number"
  )
}

function hasMetadata({ correlationId, causationId, metadata, sent }: Partial<WireHead>): boolean {
  return (
    (correlationId === undefined || typeof correlationId === "string") &&
    (causationId === undefined || typeof causationId === "string") &&
    isObjectOrLeftOut(metadata) &&
    isObjectOrLeftOut(sent)
  )
}

function isObjectOrLeftOut(value: unknown): boolean {
  return value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value))
}

/** A copy: a broker's client may hand out parts of a large buffer, which would all stay in memory. */
function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body)
}

function textOf(body: string | Uint8Array): string {
  if (typeof body === "string") return body
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
}

/** Bytes on the wire. */
export function messageSize({ head, body }: Pick<BusMessage, "head" | "body">): number {
  return Buffer.byteLength(head) + (typeof body === "string" ? Buffer.byteLength(body) : body.byteLength)
}
