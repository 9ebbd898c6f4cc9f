/**
 * The keys of a topic. What belongs to a partition carries the same hash tag (`{annals:3}`), so that it lies in one slot of a cluster, where a
 * script may touch all of it.
 */
export class TopicKeys {
  /** What all processes that use the topic must agree on. */
  readonly settings: string
  readonly #topic: string

  constructor(topic: string) {
    this.#topic = topic
    this.settings = `{${topic}}:settings`
  }

  /** The events of a partition. */
  events(partition: number): string {
    return `{${this.#topic}:${partition}}`
  }

  /** What a group keeps in a partition. */
  ofGroup(partition: number, group: string): GroupKeys {
    const tag = this.events(partition)
    return {
      events: tag,
      lease: `${tag}:lease:${group}`,
      members: `${tag}:members:${group}`,
      attempts: `${tag}:attempts:${group}`,
      due: `${tag}:due:${group}`,
      again: `${tag}:again:${group}`,
      dead: `${tag}:dead:${group}`,
      group: `${tag}:group:${group}`,
      bell: `${tag}:bell:${group}`,
    }
  }
}

/** What a group keeps in a partition. */
export interface GroupKeys {
  /** A stream, shared by all groups. */
  readonly events: string
  /** Order `"stream"`, a hash: who holds the partition, until when, under which fencing number. */
  readonly lease: string
  /** A sorted set: the living consumers, by when they count as dead. */
  readonly members: string
  /** Order `"stream"`, a hash: how often handling an entry has failed. */
  readonly attempts: string
  /** Order `"none"`, a sorted set: messages that wait for their retry, by when they are due. */
  readonly due: string
  /** Order `"none"`, a stream of this group only: messages to be handled once more. */
  readonly again: string
  /** Order `"none"`, a stream: dead letters. */
  readonly dead: string
  /** A hash: what the consumers of the group must agree on. Only in partition 0. */
  readonly group: string
  /** A stream of one entry: that members have come or gone. Only in partition 0. */
  readonly bell: string
}
