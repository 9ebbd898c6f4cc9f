import type { KafkaPartition } from "./kafka-client.ts"

/** Names the way in which members share out partitions among them: those that don't agree about it can't be in one group. */
export function assignmentProtocol(order: "stream" | "none"): string {
  return `annals-${order}`
}

/** In the form of Kafka's consumers, so that its tools can read them. */
export function encodeSubscription(topics: readonly string[]): Buffer {
  return Buffer.concat([int16(0), array(topics, text), noUserData])
}

export function decodeSubscription(buffer: Buffer): readonly string[] {
  return new Reader(buffer).skip(2).array((reader) => reader.text())
}

export function encodeAssignment(partitions: readonly KafkaPartition[]): Buffer {
  const topics = Map.groupBy(partitions, ({ topic }) => topic)
  const entries = array([...topics], ([topic, assigned]) =>
    Buffer.concat([text(topic), array(assigned, ({ partition }) => int32(partition))]),
  )
  return Buffer.concat([int16(0), entries, noUserData])
}

export function decodeAssignment(buffer: Buffer): readonly KafkaPartition[] {
  if (buffer.length === 0) return []
  return new Reader(buffer)
    .skip(2)
    .array((reader) => {
      const topic = reader.text()
      return reader.array((partitions) => ({ topic, partition: partitions.int32() }))
    })
    .flat()
}

/**
 * Deals partitions out in turn, each to a member that has subscribed to its topic. `partitions`: how many each topic has.
 */
export function assign(
  members: readonly { readonly memberId: string; readonly topics: readonly string[] }[],
  partitions: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly KafkaPartition[]> {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const assigned = new Map<string, KafkaPartition[]>(sorted.map(({ memberId }) => [memberId, []]))
  let turn = 0
  for (const [topic, count] of [...partitions].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const takers = sorted.filter(({ topics }) => topics.includes(topic))
    if (takers.length === 0) continue
    for (let partition = 0; partition < count; partition++) {
      const { memberId } = takers[turn++ % takers.length] as { readonly memberId: string }
      assigned.get(memberId)?.push({ topic, partition })
    }
  }
  return assigned
}

const noUserData = int32(-1)

function int16(value: number): Buffer {
  const buffer = Buffer.alloc(2)
  buffer.writeInt16BE(value)
  return buffer
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([int16(bytes.length), bytes])
}

function array<Item>(items: readonly Item[], encode: (item: Item) => Buffer): Buffer {
  return Buffer.concat([int32(items.length), ...items.map(encode)])
}

class Reader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  skip(bytes: number): this {
    this.#at += bytes
    return this
  }

  int32(): number {
    this.#at += 4
    return this.#buffer.readInt32BE(this.#at - 4)
  }

  text(): string {
    const length = this.#buffer.readInt16BE(this.#at)
    this.#at += 2 + length
    return this.#buffer.toString("utf8", this.#at - length, this.#at)
  }

  array<Item>(read: (reader: this) => Item): Item[] {
    return Array.from({ length: this.int32() }, () => read(this))
  }
}
