import type { KafkaConnection, KafkaPartition } from "./kafka-client.ts"
import { codes, KafkaFailure } from "./kafka-failure.ts"

/** Who leads which partition, as far as it was asked for on a connection. */
export class Leaders {
  readonly #connection: Pick<KafkaConnection, "leaders">
  readonly #known = new Map<string, Promise<readonly number[]>>()

  constructor(connection: Pick<KafkaConnection, "leaders">) {
    this.#connection = connection
  }

  /** The leader of each partition of a topic, by number. */
  of(topic: string): Promise<readonly number[]> {
    const known = this.#known.get(topic)
    if (known !== undefined) return known
    const asked = this.#ask(topic)
    this.#known.set(topic, asked)
    asked.catch(() => this.forget(topic))
    return asked
  }

  async leaderOf({ topic, partition }: KafkaPartition): Promise<number> {
    const leader = (await this.of(topic))[partition] ?? (await this.#anew(topic))[partition]
    if (leader !== undefined) return leader
    throw new KafkaFailure("protocol", `topic ${topic} has no partition ${partition}`, {
      code: codes.unknownTopic,
    })
  }

  forget(topic?: string): void {
    if (topic === undefined) this.#known.clear()
    else this.#known.delete(topic)
  }

  /** The topic may have more partitions by now. */
  #anew(topic: string): Promise<readonly number[]> {
    this.forget(topic)
    return this.of(topic)
  }

  async #ask(topic: string): Promise<readonly number[]> {
    const leaders = await this.#connection.leaders(topic)
    if (leaders === undefined || leaders.length === 0)
      throw new KafkaFailure("protocol", `no such topic: ${topic}`, { code: codes.unknownTopic })
    const leaderless = leaders.findIndex((leader) => !(leader >= 0))
    if (leaderless < 0) return leaders
    throw new KafkaFailure("protocol", `partition ${leaderless} of topic ${topic} has no leader`, {
      code: codes.leaderNotAvailable,
    })
  }
}

/** Puts partitions together by their leader, so that each is asked once. */
export async function byLeader<Item extends KafkaPartition>(
  leaders: Leaders,
  items: readonly Item[],
): Promise<ReadonlyMap<number, readonly Item[]>> {
  const found = await Promise.all(items.map((item) => leaders.leaderOf(item)))
  return Map.groupBy(items, (_item, index) => found[index] as number)
}
