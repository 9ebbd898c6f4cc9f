import type { BrokerDeadLetters, BusDriver, BusMessage, GroupMember, GroupMembership } from "@annals/core"
import { Consuming } from "./consuming/consuming.ts"
import { DeadLetters } from "./groups/dead-letters.ts"
import type { GroupTools } from "./groups/group-tools.ts"
import { OrderedMembership } from "./groups/ordered-membership.ts"
import { removeGroup } from "./groups/remove-group.ts"
import { UnorderedMembership } from "./groups/unordered-membership.ts"
import { Publishing } from "./publishing/publishing.ts"
import type { Settings } from "./settings.ts"
import { Names } from "./topology/names.ts"

/** Two connections: one that sends, and one that receives, made when it is first needed. */
export class RabbitmqDriver implements BusDriver {
  readonly name = "rabbitmq"
  readonly topic: string
  readonly capabilities = { durable: true, multiProcess: true, keepsHistory: false, countsAttempts: false }
  readonly #tools: GroupTools
  readonly #deadLetters = new Map<string, BrokerDeadLetters>()
  #isReceiving = false

  constructor(settings: Settings) {
    const names = new Names(settings)
    this.topic = names.topic
    this.#tools = {
      settings,
      names,
      publishing: new Publishing(settings, names),
      consuming: new Consuming(settings),
      retryQueues: new Map(),
    }
  }

  open(): Promise<void> {
    return this.#tools.publishing.open()
  }

  publish(messages: readonly BusMessage[], signal: AbortSignal | undefined): Promise<void> {
    return this.#tools.publishing.publish(messages, signal)
  }

  async join(member: GroupMember): Promise<GroupMembership> {
    this.#isReceiving = true
    await this.#tools.consuming.open()
    const Membership = member.order === "stream" ? OrderedMembership : UnorderedMembership
    const membership = new Membership(this.#tools, member)
    await membership.start()
    return membership
  }

  deadLetters(group: string): BrokerDeadLetters {
    const known = this.#deadLetters.get(group)
    if (known !== undefined) return known
    const deadLetters = new DeadLetters(this.#tools, group)
    this.#deadLetters.set(group, deadLetters)
    return deadLetters
  }

  removeGroup(group: string): Promise<void> {
    return removeGroup(this.#tools, group)
  }

  async ping(): Promise<void> {
    await this.#tools.publishing.ping()
    if (this.#isReceiving) this.#tools.consuming.check()
  }

  async close(): Promise<void> {
    const { publishing, consuming } = this.#tools
    await Promise.all([publishing.close(), consuming.close()])
  }
}
