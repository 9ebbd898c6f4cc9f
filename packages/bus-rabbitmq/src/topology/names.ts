import type { Settings } from "../settings.ts"

/**
 * What everything of a bus is called in the broker. A colon separates, since neither a topic nor a group can have one: no two of them share a name.
 *
 *     annals                      events come in here: fanout to the groups
 *     annals::partitions-8        says how many partitions there are: what no group waits for passes here and is returned
 *     annals:billing              the group's own exchange: direct with order "stream", topic with "none"
 *     annals:billing:0            with order "stream": one queue a partition
 *     annals:billing:events       with order "none": the queue of all
 *     annals:billing:retry-1000   with order "none": a second's wait
 *     annals:billing:dead         with order "none": the dead letters
 *     annals:billing:member-…     where a consumer hears of the others
 *     annals:billing:spare-…      made and removed behind new queues, where the broker needs that
 */
export class Names {
  readonly topic: string
  readonly partitions: number
  readonly partitionMark: string

  constructor({ topic, partitions }: Pick<Settings, "topic" | "partitions">) {
    this.topic = topic
    this.partitions = partitions
    this.partitionMark = `${topic}::partitions-${partitions}`
  }

  group(group: string): GroupNames {
    return new GroupNames(`${this.topic}:${group}`, this.partitions)
  }
}

/** Names of a group's exchange and queues, and the keys by which its exchange routes. */
export class GroupNames {
  readonly exchange: string
  readonly events: string
  readonly dead: string
  readonly partitions: readonly string[]

  constructor(exchange: string, partitions: number) {
    this.exchange = exchange
    this.events = `${exchange}:events`
    this.dead = `${exchange}:dead`
    this.partitions = Array.from({ length: partitions }, (_, partition) => `${exchange}:${partition}`)
  }

  retry(delayMs: number): string {
    return `${this.exchange}:${retryKey(delayMs)}`
  }

  member(id: string): string {
    return `${this.exchange}:${memberKey(id)}`
  }

  spare(id: string): string {
    return `${this.exchange}:spare-${id}`
  }

  deadLettersLock(): string {
    return `${this.exchange}:dead-lock`
  }
}

/** Leads to the queue of all, with order `"none"`: for what comes back from a retry or the dead letters. */
export const againKey = "again"
export const deadKey = "dead"
/** Leads to every queue of events: tells whether there is a group at all. */
export const groupKey = "group"
/** Leads to all members of a group. */
export const membersKey = "members"
export const retryKey = (delayMs: number) => `retry-${delayMs}`
export const memberKey = (id: string) => `member-${id}`
