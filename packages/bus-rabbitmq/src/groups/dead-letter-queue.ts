import type { Channel, Message } from "amqplib"
import { takeMessages } from "../consuming/take-messages.ts"
import { hasReply } from "../errors.ts"
import { privateQueue } from "../topology/declare.ts"
import type { GroupNames } from "../topology/names.ts"
import { type GroupTools, largestPrefetch } from "./group-tools.ts"

/** How long it is waited before the lock is tried again. */
const lockIntervalMs = 50
/** How long it is waited before it is looked again whether the messages are back, and how often. */
const backIntervalMs = 5
const backAttempts = 400

/** Messages taken out of the queue of dead letters, the oldest first. Those that aren't removed go back. */
export interface TakenLetters extends AsyncIterable<Message> {
  remove(message: Message): void
}

/**
 * A queue can only be read by taking messages out; those that aren't removed go back when the channel is closed. They keep their order if all of them were taken, and by one
 * alone: whoever holds the lock, which is a queue that belongs to one connection.
 */
export class DeadLetterQueue {
  readonly #tools: GroupTools
  readonly #names: GroupNames
  /** Those of one connection would share the lock. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(tools: GroupTools, names: GroupNames) {
    this.#tools = tools
    this.#names = names
  }

  /** Resolves with `otherwise` where there is no queue. */
  use<Result>(otherwise: Result, work: (taken: TakenLetters) => Promise<Result>): Promise<Result> {
    const turn = this.#turn
      .then(() => this.#locked(() => this.#takeAndPutBack(work)))
      .catch((error) => {
        if (isReply(error, 404)) return otherwise
        throw error
      })
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #locked<Result>(work: () => Promise<Result>): Promise<Result> {
    const { consuming, settings } = this.#tools
    const lock = this.#names.deadLettersLock()
    while (true) {
      try {
        return await consuming.withChannel(async (channel) => {
          await channel.assertQueue(lock, privateQueue)
          try {
            return await work()
          } finally {
            await channel.deleteQueue(lock)
          }
        })
      } catch (error) {
        if (!isReply(error, 405)) throw error
        await settings.clock.sleep(lockIntervalMs)
      }
    }
  }

  async #takeAndPutBack<Result>(work: (taken: TakenLetters) => Promise<Result>): Promise<Result> {
    const { consuming, settings } = this.#tools
    let kept = 0
    const result = await consuming.withChannel(async (channel) => {
      kept = await this.#count(channel)
      const remove = (message: Message) => {
        kept--
        channel.ack(message)
      }
      const messages = takeMessages(
        channel,
        this.#names.dead,
        Math.min(kept, largestPrefetch),
        settings.clock,
      )
      return work({ [Symbol.asyncIterator]: () => messages, remove })
    })
    await consuming.withChannel((channel) => this.#untilBack(channel, kept))
    return result
  }

  /** They are back soon after the channel is closed, not at once: whoever comes next must find them. */
  async #untilBack(channel: Channel, kept: number): Promise<void> {
    const { clock } = this.#tools.settings
    for (let attempt = 0; attempt < backAttempts; attempt++) {
      if ((await this.#count(channel)) >= kept) return
      await clock.sleep(backIntervalMs)
    }
  }

  async #count(channel: Channel): Promise<number> {
    const { messageCount } = await channel.checkQueue(this.#names.dead)
    return messageCount
  }
}

function isReply(error: unknown, code: number): boolean {
  return error instanceof Error && hasReply(error.cause, code)
}
