import { pause } from "../background-clock.ts"
import type { Reply } from "../connection/redis-link.ts"
import { textOf } from "../membership/entries.ts"
import { trimScript } from "../scripts/groups.ts"
import type { Topic } from "../topic.ts"

/** Drops, now and then, what all groups have acknowledged and nobody wants to keep. */
export class Trimmer {
  readonly #topic: Topic
  readonly #stopping = new AbortController()
  readonly #warned = new Set<string>()
  #running: Promise<void> | undefined

  constructor(topic: Topic) {
    this.#topic = topic
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { settings, logger } = this.#topic
    while (!this.#stopping.signal.aborted) {
      await pause(settings.trimIntervalMs, this.#stopping.signal)
      if (this.#stopping.signal.aborted) return
      try {
        await this.#trim()
      } catch (error) {
        logger?.debug("events could not be trimmed; it is tried again", { topic: settings.topic, error })
      }
    }
  }

  async #trim(): Promise<void> {
    const { domains, keys, link, settings } = this.#topic
    const each = Math.ceil(settings.maxLength / settings.partitions)
    for (const domain of domains) {
      const kept = (await link.script(
        trimScript,
        domain.map((partition) => keys.events(partition)),
        [each, settings.maxAgeMs ?? -1],
      )) as readonly (readonly Reply[])[]
      for (const [left, group] of kept) this.#warn(Number(left), each, textOf(group))
    }
  }

  /** Once for each group: nobody but a person knows whether it is still wanted. */
  #warn(left: number, each: number, group: string): void {
    if (group === "" || left <= each || this.#warned.has(group)) return
    this.#warned.add(group)
    this.#topic.logger?.warn(
      "a consumer group keeps more events than maxLength from being dropped: if nobody uses it any more, call removeGroup",
      { topic: this.#topic.settings.topic, group },
    )
  }
}
