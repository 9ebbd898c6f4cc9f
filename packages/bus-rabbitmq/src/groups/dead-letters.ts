import type { BrokerDeadLetter, BrokerDeadLetters } from "@annals/core"
import type { Message } from "amqplib"
import { againKey, type GroupNames } from "../topology/names.ts"
import { decodeDeadLetter, decodeEvent, encodeAgain } from "../wire.ts"
import { DeadLetterQueue, type TakenLetters } from "./dead-letter-queue.ts"
import type { GroupTools } from "./group-tools.ts"

/** So many are handed to the group at a time. */
const replayedAtATime = 100

/** The dead letters of a group with order `"none"`. One with order `"stream"`, or that isn't there, has none. */
export class DeadLetters implements BrokerDeadLetters {
  readonly #tools: GroupTools
  readonly #names: GroupNames
  readonly #queue: DeadLetterQueue

  constructor(tools: GroupTools, group: string) {
    this.#tools = tools
    this.#names = tools.names.group(group)
    this.#queue = new DeadLetterQueue(tools, this.#names)
  }

  list(limit: number): Promise<readonly BrokerDeadLetter[]> {
    return this.#queue.use<readonly BrokerDeadLetter[]>([], async (taken) => {
      const letters: BrokerDeadLetter[] = []
      for await (const message of taken) {
        const letter = toDeadLetter(message)
        if (letter !== undefined) letters.push(letter)
        if (letters.length >= limit) break
      }
      return letters
    })
  }

  replay(eventIds: ReadonlySet<string> | undefined): Promise<number> {
    return this.#queue.use(0, async (taken) => {
      let replayed = 0
      let batch: Message[] = []
      for await (const message of taken) {
        if (isMeant(message, eventIds)) batch.push(message)
        if (eventIds !== undefined && replayed + batch.length >= eventIds.size) break
        if (batch.length < replayedAtATime) continue
        replayed += await this.#sendAgain(taken, batch)
        batch = []
      }
      return replayed + (await this.#sendAgain(taken, batch))
    })
  }

  discard(eventIds: ReadonlySet<string>): Promise<number> {
    return this.#queue.use(0, async (taken) => {
      let discarded = 0
      for await (const message of taken) {
        if (!isMeant(message, eventIds)) continue
        taken.remove(message)
        discarded++
        if (discarded >= eventIds.size) break
      }
      return discarded
    })
  }

  /** Safe in the group's queue before they leave this one. */
  async #sendAgain(taken: TakenLetters, messages: readonly Message[]): Promise<number> {
    const outgoing = messages.flatMap((message) => {
      const letter = decodeDeadLetter(message)
      return letter === undefined ? [] : [encodeAgain(letter.message, 0, this.#names.exchange, againKey)]
    })
    if (outgoing.length > 0) await this.#tools.publishing.sendAgain(outgoing)
    for (const message of messages) taken.remove(message)
    return outgoing.length
  }
}

function isMeant(message: Message, eventIds: ReadonlySet<string> | undefined): boolean {
  return eventIds === undefined || eventIds.has(message.properties.messageId as string)
}

function toDeadLetter(message: Message): BrokerDeadLetter | undefined {
  const letter = decodeDeadLetter(message)
  if (letter === undefined) return undefined
  const { head = "", body } = decodeEvent(letter.message)
  return { head, body, failure: letter.failure }
}
