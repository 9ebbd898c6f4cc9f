import { randomBytes } from "node:crypto"
import type { BusDriver, BusMessage, Clock, GroupMember } from "@annals/core"
import { checkServer } from "./connection/check-server.ts"
import { createRedisDeadLetters } from "./groups/redis-dead-letters.ts"
import { removeGroup } from "./groups/remove-group.ts"
import { Trimmer } from "./groups/trimmer.ts"
import { RedisMembership } from "./membership/redis-membership.ts"
import { Publisher } from "./publishing/publisher.ts"
import type { Topic } from "./topic.ts"

/** The bus on Redis Streams, behind the front. */
export class RedisBusDriver implements BusDriver {
  readonly name = "redis"
  readonly topic: string
  readonly capabilities = { durable: true, multiProcess: true, keepsHistory: true, countsAttempts: true }
  readonly #topic: Topic
  readonly #publisher: Publisher
  readonly #trimmer: Trimmer
  readonly #clock: Clock

  constructor(topic: Topic, clock: Clock) {
    this.topic = topic.settings.topic
    this.#topic = topic
    this.#publisher = new Publisher(topic)
    this.#trimmer = new Trimmer(topic)
    this.#clock = clock
  }

  async open(): Promise<void> {
    const { link, logger } = this.#topic
    await link.open()
    await checkServer(link, logger)
    await this.#topic.declare()
    this.#trimmer.start()
  }

  publish(messages: readonly BusMessage[], signal: AbortSignal | undefined): Promise<void> {
    return this.#publisher.publish(messages, signal)
  }

  async join(member: GroupMember): Promise<RedisMembership> {
    const membership = new RedisMembership(this.#topic, member, this.#newName())
    await membership.join()
    return membership
  }

  deadLetters(group: string) {
    return createRedisDeadLetters(this.#topic, group)
  }

  removeGroup(group: string): Promise<void> {
    return removeGroup(this.#topic, group)
  }

  async ping(): Promise<void> {
    // A write as well as an answer: a replica or a server out of memory would answer PING.
    const { keys, link, settings } = this.#topic
    await link.command("hsetnx", [keys.settings, "partitions", settings.partitions])
  }

  async close(): Promise<void> {
    await this.#trimmer.stop()
    this.#topic.link.close()
  }

  /** Begins with the time, so that names sort by when their members joined. */
  #newName(): string {
    return `${Math.max(0, this.#clock.now()).toString(36).padStart(9, "0")}-${randomBytes(6).toString("hex")}`
  }
}
