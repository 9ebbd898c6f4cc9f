import type { Logger } from "@annals/core"
import type { RedisLink } from "./connection/redis-link.ts"
import { partitionsDiffer } from "./errors.ts"
import type { RedisSettings } from "./settings.ts"
import { TopicKeys } from "./topic-keys.ts"

/** A topic: its partitions, and the way to them. */
export class Topic {
  readonly link: RedisLink
  readonly settings: RedisSettings
  readonly keys: TopicKeys
  readonly logger: Logger | undefined
  /** Partitions that can be read and written in one step: all of them, or in a cluster each for itself. */
  readonly domains: readonly (readonly number[])[]

  constructor(link: RedisLink, settings: RedisSettings, logger: Logger | undefined) {
    this.link = link
    this.settings = settings
    this.keys = new TopicKeys(settings.topic)
    this.logger = logger
    const partitions = Array.from({ length: settings.partitions }, (_, partition) => partition)
    this.domains = link.isCluster ? partitions.map((partition) => [partition]) : [partitions]
  }

  /** Writes down what all processes must agree on, where it isn't. Throws `INVALID_OPTION` if it is something else. */
  async declare(): Promise<void> {
    const { topic, partitions } = this.settings
    // Read first: a server that is short of memory refuses the write, and consumers must begin all the same.
    let found = Number(await this.link.command("hget", [this.keys.settings, "partitions"]))
    if (found === 0) {
      await this.link.command("hsetnx", [this.keys.settings, "partitions", partitions])
      found = Number(await this.link.command("hget", [this.keys.settings, "partitions"]))
    }
    if (found !== partitions) throw partitionsDiffer(topic, partitions, found)
  }

  partitionOf(slot: number): number {
    return slot % this.settings.partitions
  }

  domainOf(partition: number): number {
    return this.link.isCluster ? partition : 0
  }

  /** These partitions, in parts that can be read and written in one step. */
  split(partitions: Iterable<number>): readonly (readonly number[])[] {
    const all = [...partitions]
    if (this.link.isCluster) return all.map((partition) => [partition])
    return all.length === 0 ? [] : [all]
  }
}
