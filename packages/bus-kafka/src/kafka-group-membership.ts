import type { DeadLetterFailure, Delivery, GroupMember, GroupMembership } from "@annals/core"
import { slotOfLetters } from "./dead-letter-topic.ts"
import { translated } from "./errors.ts"
import type { GroupSession } from "./group-session.ts"
import type { KafkaDelivery } from "./kafka-delivery.ts"
import { forwarded, headerNames, outgoing, retryHeader } from "./message.ts"
import type { Publisher } from "./publisher.ts"
import type { GroupNames } from "./topic-names.ts"

export interface MembershipTools {
  readonly member: GroupMember
  readonly names: GroupNames
  readonly topic: string
  readonly session: GroupSession
  /** For retries and dead letters. */
  readonly publisher: Publisher
  readonly now: () => number
  lag(): Promise<number>
  /** After the member has left. */
  close(): Promise<void>
}

/** A member's way to its group. */
export class KafkaGroupMembership implements GroupMembership {
  readonly #tools: MembershipTools

  constructor(tools: MembershipTools) {
    this.#tools = tools
  }

  acknowledge(deliveries: readonly Delivery[]): void {
    let some = false
    for (const delivery of deliveries as readonly KafkaDelivery[])
      some = delivery.tenure.settle(delivery, "acknowledged") || some
    if (some) this.#tools.session.generation?.acknowledged()
  }

  release(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries as readonly KafkaDelivery[])
      delivery.tenure.settle(delivery, "released")
  }

  retryLater(delivery: Delivery, attempts: number, delayMs: number): Promise<void> {
    const { member, names, publisher, now } = this.#tools
    const { record, tenure } = delivery as KafkaDelivery
    const delays = member.retryDelaysMs
    const rounded = delays.find((each) => each >= delayMs) ?? delays.at(-1)
    const topic = rounded === undefined ? names.replay : names.retry(rounded)
    const message = forwarded(record, retryHeader(attempts, now() + delayMs))
    return translated(async () => {
      await publisher.send(topic, [outgoing(tenure.partition, message)])
      this.acknowledge([delivery])
    })
  }

  addDeadLetter(delivery: Delivery, failure: DeadLetterFailure): Promise<void> {
    const { names, publisher } = this.#tools
    const { record, tenure } = delivery as KafkaDelivery
    const message = {
      ...forwarded(record, { [headerNames.failure]: failureText(failure) }),
      // A message that no bus has sent has no id.
      key:
        record.header(headerNames.eventId)?.toString() ??
        `${tenure.topic} ${tenure.partition} ${record.offset}`,
    }
    return translated(async () => {
      await publisher.send(names.deadLetters, [outgoing(slotOfLetters, message)])
      this.acknowledge([delivery])
    })
  }

  nudge(slots: readonly number[]): void {
    const { member, session, topic } = this.#tools
    const partitions = session.partitionsOf(topic)
    for (const tenure of session.generation?.tenures ?? []) {
      if (tenure.topic !== topic || tenure.isEnding || tenure.lost.aborted) continue
      const held = slots.filter((slot) => slot % partitions === tenure.partition)
      if (held.length > 0) member.nudged(tenure, held)
    }
  }

  lag(): Promise<number> {
    return translated(() => this.#tools.lag())
  }

  async leave(): Promise<void> {
    await this.#tools.session.leave()
    await this.#tools.close()
  }
}

/** An error can say anything, at any length; what it says mustn't make the message larger than the topic takes. */
const longestMessage = 8_192

function failureText({ message, ...failure }: DeadLetterFailure): string {
  return JSON.stringify({ message: message.slice(0, longestMessage), ...failure })
}
