import type { BrokerDeadLetter, BrokerDeadLetters, DeadLetterFailure } from "@annals/core"
import type { KafkaConnection, KafkaRecord } from "./kafka-client.ts"
import { codes, hasCode } from "./kafka-failure.ts"
import type { Leaders } from "./leaders.ts"
import { readLog } from "./log-reader.ts"
import { forwarded, headerNames, type OutgoingMessage, outgoing, retryHeader } from "./message.ts"
import type { Publisher } from "./publisher.ts"
import type { GroupNames } from "./topic-names.ts"

/** The topic is compacted: a letter is kept by its event's id until a tombstone takes it away. */
export class DeadLetterTopic implements BrokerDeadLetters {
  readonly #names: GroupNames
  readonly #connection: KafkaConnection
  readonly #leaders: Leaders
  readonly #publisher: Publisher
  readonly #ensure: () => Promise<void>

  constructor(
    names: GroupNames,
    connection: KafkaConnection,
    leaders: Leaders,
    publisher: Publisher,
    /** Sees to it that the group's topics are there. */
    ensure: () => Promise<void>,
  ) {
    this.#names = names
    this.#connection = connection
    this.#leaders = leaders
    this.#publisher = publisher
    this.#ensure = ensure
  }

  async list(limit: number): Promise<readonly BrokerDeadLetter[]> {
    const letters: BrokerDeadLetter[] = []
    await this.#visit(undefined, (record) => {
      letters.push({
        head: record.header(headerNames.head)?.toString() ?? "",
        body: record.value as Buffer,
        failure: failureOf(record),
      })
      return letters.length < limit
    })
    return letters
  }

  async replay(eventIds: ReadonlySet<string> | undefined): Promise<number> {
    const replayed: OutgoingMessage[] = []
    const ids: string[] = []
    await this.#ensure()
    await this.#visit(eventIds, (record, id) => {
      const slot = replayed.length
      replayed.push(outgoing(slot, forwarded(record, retryHeader(0, 0))))
      ids.push(id)
      return true
    })
    if (ids.length === 0) return 0
    await this.#publisher.send(this.#names.replay, replayed)
    await this.#bury(ids)
    return ids.length
  }

  async discard(eventIds: ReadonlySet<string>): Promise<number> {
    const ids: string[] = []
    await this.#visit(eventIds, (_record, id) => {
      ids.push(id)
      return true
    })
    await this.#bury(ids)
    return ids.length
  }

  async #bury(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    const tombstones = ids.map((key) => outgoing(slotOfLetters, { key, value: null, headers: {} }))
    await this.#publisher.send(this.#names.deadLetters, tombstones)
  }

  /** Those with these ids, or all, the oldest first. Reads twice: which letters are left is known only at the end, and their bodies may not fit into memory. */
  async #visit(
    eventIds: ReadonlySet<string> | undefined,
    visit: (record: KafkaRecord, id: string) => boolean,
  ): Promise<void> {
    const places = new Map<string, string>()
    await this.#read((record, id, place) => {
      if (eventIds !== undefined && !eventIds.has(id)) return true
      if (record.value === null) places.delete(id)
      else places.set(id, place)
      return true
    })
    if (places.size === 0) return
    await this.#read((record, id, place) => {
      if (places.get(id) !== place) return true
      places.delete(id)
      return visit(record, id) && places.size > 0
    })
  }

  async #read(visit: (record: KafkaRecord, id: string, place: string) => boolean): Promise<void> {
    const { deadLetters } = this.#names
    try {
      await readLog(this.#connection, this.#leaders, deadLetters, (record, partition) =>
        visit(record, record.key?.toString() ?? "", `${partition} ${record.offset}`),
      )
    } catch (error) {
      if (!hasCode(error, codes.unknownTopic)) throw error // the group has none
    }
  }
}

/** All letters are in one partition, in order. */
export const slotOfLetters = 0

function failureOf(record: KafkaRecord): DeadLetterFailure {
  const text = record.header(headerNames.failure)?.toString()
  if (text !== undefined) return JSON.parse(text) as DeadLetterFailure
  return { message: "unknown", code: "UNKNOWN", attempts: 0, failedAt: 0 }
}
