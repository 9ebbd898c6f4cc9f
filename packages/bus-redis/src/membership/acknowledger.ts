import type { Argument, Reply } from "../connection/redis-link.ts"
import { acknowledgeScript } from "../scripts/messages.ts"
import type { Topic } from "../topic.ts"
import type { PartitionTenure, RedisDelivery, Source } from "./partition-tenure.ts"

export interface AcknowledgerOptions {
  readonly topic: Topic
  readonly group: string
  readonly order: "stream" | "none"
  readonly lost: (tenure: PartitionTenure) => void
  /** Redis can't be reached, or refuses. */
  readonly failed: (error: unknown) => void
}

/** Tells Redis what is done: many entries at a time, in the background. What Redis hasn't confirmed is told again when it can be reached. */
export class Acknowledger {
  readonly #options: AcknowledgerOptions
  #waiting = new Map<Source, string[]>()
  #running: Promise<void> | undefined

  constructor(options: AcknowledgerOptions) {
    this.#options = options
  }

  add({ source, id }: RedisDelivery): void {
    const ids = this.#waiting.get(source)
    if (ids === undefined) this.#waiting.set(source, [id])
    else ids.push(id)
  }

  /** Resolves when everything so far is confirmed, or isn't the member's any more. */
  async flush(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    if (this.#waiting.size === 0) return
    this.#running = this.#tellAll().finally(() => {
      this.#running = undefined
    })
    await this.#running
  }

  async #tellAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = this.#waiting
      this.#waiting = new Map()
      const parts = new Map<number, [Source, string[]][]>()
      for (const entry of batch) {
        const { tenure } = entry[0]
        if (tenure.lost.aborted) continue
        const domain = this.#options.topic.domainOf(tenure.partition)
        const part = parts.get(domain)
        if (part === undefined) parts.set(domain, [entry])
        else part.push(entry)
      }
      const outcomes = await Promise.allSettled([...parts.values()].map((part) => this.#tell(part)))
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason
    }
  }

  async #tell(part: readonly [Source, string[]][]): Promise<void> {
    const { topic, group, order, lost, failed } = this.#options
    const keys: string[] = []
    const args: Argument[] = [order, group]
    for (const [{ tenure, key, isOwn }, ids] of part) {
      keys.push(key, tenure.guard, tenure.keys.attempts)
      args.push(tenure.token, isOwn ? "1" : "0", ids.length)
      for (const id of ids) args.push(id)
    }
    try {
      const held = (await topic.link.script(acknowledgeScript, keys, args)) as readonly Reply[]
      for (const [index, [{ tenure, handed }, ids]] of part.entries()) {
        for (const id of ids) handed.delete(id)
        if (held[index] !== 1) lost(tenure)
      }
    } catch (error) {
      for (const [source, ids] of part) {
        this.#waiting.set(source, [...ids, ...(this.#waiting.get(source) ?? [])])
      }
      failed(error)
      throw error
    }
  }
}
