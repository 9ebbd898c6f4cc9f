import type { Message } from "amqplib"
import { hasReply } from "../errors.ts"
import { type Declaring, declareRetryQueue } from "../topology/declare.ts"
import { type GroupNames, retryKey } from "../topology/names.ts"
import { encodeAgain } from "../wire.ts"
import { declareQueues } from "./declare-queues.ts"
import type { GroupTools } from "./group-tools.ts"

/** Well below the day that an unused retry queue stays. */
const declaredAgainAfterMs = 3_600_000

/** The queues in which a group's messages wait for their retry: one for each delay. */
export class RetryQueues {
  readonly #tools: GroupTools
  readonly #names: GroupNames
  /** Ascending. */
  readonly #delaysMs: readonly number[]
  #declaredAt = Number.NEGATIVE_INFINITY

  constructor(tools: GroupTools, names: GroupNames, delaysMs: readonly number[]) {
    this.#tools = tools
    this.#names = names
    this.#delaysMs = delaysMs
  }

  get queues(): readonly string[] {
    return this.#delaysMs.map((delayMs) => this.#names.retry(delayMs))
  }

  async declare(declaring: Declaring): Promise<void> {
    const { retryQueues, settings } = this.#tools
    const known = retryQueues.get(this.#names.exchange) ?? new Set()
    retryQueues.set(this.#names.exchange, known)
    for (const queue of this.queues) known.add(queue)
    const now = settings.clock.now()
    for (const delayMs of this.#delaysMs) await declareRetryQueue(declaring, this.#names, delayMs)
    this.#declaredAt = now
  }

  /** Resolves when the broker has it. Waits for the shortest delay that isn't shorter than the one asked for. */
  async send(message: Message, attempts: number, delayMs: number): Promise<void> {
    const delay = this.#delaysMs.find((each) => each >= delayMs) ?? this.#delaysMs.at(-1) ?? 0
    if (this.#tools.settings.clock.now() - this.#declaredAt > declaredAgainAfterMs) await this.#declareAgain()
    const outgoing = encodeAgain(message, attempts, this.#names.exchange, retryKey(delay))
    await this.#tools.publishing.sendAgain([outgoing])
  }

  #declareAgain(): Promise<void> {
    const declare = (declaring: Declaring) => this.declare(declaring)
    return declareQueues(this.#tools, { group: this.#names, queues: this.queues, declare })
  }

  /** Also in those of other members, as far as their delays are the same. */
  async countWaiting(): Promise<number> {
    let waiting = 0
    for (const queue of this.queues) waiting += await this.#countIn(queue)
    return waiting
  }

  async #countIn(queue: string): Promise<number> {
    try {
      const { messageCount } = await this.#tools.consuming.withChannel((channel) => channel.checkQueue(queue))
      return messageCount
    } catch (error) {
      if (hasReply((error as Error).cause, 404)) return 0 // it was removed, since nobody used it
      throw error
    }
  }
}
