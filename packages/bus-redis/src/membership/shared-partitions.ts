import type { Reply } from "../connection/redis-link.ts"
import { beatScript, registerScript } from "../scripts/members.ts"
import { claimScript, promoteScript } from "../scripts/messages.ts"
import { readFlat } from "./entries.ts"
import type { Holdings } from "./holdings.ts"
import type { MemberContext } from "./member-context.ts"
import { PartitionTenure, type RedisDelivery, type Source } from "./partition-tenure.ts"

/** Order `"none"`: all members of the group read all partitions, and take over what dead ones had. */
export class SharedPartitions implements Holdings {
  readonly #context: MemberContext
  /** A member that was taken for dead comes back under another token. */
  #registrations = 0
  #turn = 0

  constructor(context: MemberContext) {
    this.#context = context
  }

  async beat(): Promise<number | undefined> {
    await this.#renew()
    await this.#register()
    const soonest = await this.#promote()
    await this.#claim()
    return soonest
  }

  async settled(): Promise<void> {}

  async #renew(): Promise<void> {
    const { name, tenures, topic } = this.#context
    await this.#each([...tenures.keys()], async (part) => {
      const [held] = (await topic.link.script(
        beatScript,
        part.flatMap((partition) => [this.#keys(partition).lease, this.#keys(partition).members]),
        [
          "none",
          name,
          topic.settings.leaseMs,
          ...part.map((partition) => tenures.get(partition)?.token ?? ""),
        ],
      )) as readonly (readonly (readonly Reply[])[])[]
      part.forEach((partition, index) => {
        const tenure = tenures.get(partition)
        if (held?.[index]?.[0] !== 1 && tenure !== undefined) this.#context.lost(tenure)
      })
    })
  }

  async #register(): Promise<void> {
    const { name, tenures, topic, member } = this.#context
    const missing = topic.domains.flat().filter((partition) => !tenures.has(partition))
    if (missing.length === 0) return
    const token = `${name}.${++this.#registrations}`
    await this.#each(missing, async (part) => {
      const gone = (await topic.link.script(
        registerScript,
        part.flatMap((partition) => {
          const { events, again, members } = this.#keys(partition)
          return [events, again, members]
        }),
        [member.group, topic.settings.leaseMs, ...part.map(() => token)],
      )) as readonly Reply[]
      part.forEach((partition, index) => {
        if (gone[index] === 1) this.#context.remade(partition)
        tenures.set(partition, new PartitionTenure(partition, token, this.#keys(partition), "none"))
      })
    })
    this.#context.changed()
  }

  /** Returns in how many milliseconds the next retry is due. */
  async #promote(): Promise<number | undefined> {
    const { topic } = this.#context
    let soonest = -1
    await this.#each(topic.domains.flat(), async (part) => {
      const wait = (await topic.link.script(
        promoteScript,
        part.flatMap((partition) => [this.#keys(partition).due, this.#keys(partition).again]),
        [],
      )) as number
      if (wait >= 0 && (soonest < 0 || wait < soonest)) soonest = wait
    })
    return soonest < 0 ? undefined : soonest
  }

  async #claim(): Promise<void> {
    const { topic, tenures, budget } = this.#context
    const { losses } = topic.link
    const parts = topic.split(tenures.keys())
    const room = budget.takeNow()
    const each = Math.max(1, Math.floor(room / Math.max(1, parts.length)))
    let received = 0
    try {
      // Beginning with another one each time, so that all come to be looked at when there is room for few.
      const first = this.#turn++
      const looked = Array.from({ length: Math.min(room, parts.length) }, (_, index) =>
        this.#claimIn(parts[(first + index) % parts.length] ?? [], each),
      )
      const outcomes = await Promise.allSettled(looked)
      for (const outcome of outcomes) if (outcome.status === "fulfilled") received += outcome.value
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason
      if (losses !== topic.link.losses) this.#readAgain()
    } finally {
      budget.giveBack(room - received)
    }
  }

  /** What was claimed may not have arrived. */
  #readAgain(): void {
    for (const tenure of this.#context.tenures.values()) tenure.readAgain()
    this.#context.changed()
  }

  /** Returns how many deliveries it made. */
  async #claimIn(part: readonly number[], room: number): Promise<number> {
    const { topic, tenures, member } = this.#context
    const claimed = (await topic.link.script(
      claimScript,
      part.flatMap((partition) => {
        const { events, again, members } = this.#keys(partition)
        return [events, again, members]
      }),
      [member.group, room, ...part.map((partition) => tenures.get(partition)?.token ?? "")],
    )) as readonly (readonly (readonly Reply[])[])[]
    const deliveries: RedisDelivery[] = []
    for (const [index, partition] of part.entries()) {
      const sources: readonly Source[] = tenures.get(partition)?.sources ?? []
      for (const [which, source] of sources.entries()) {
        if (source.tenure.isLive) readFlat(source, claimed[index]?.[which] ?? [], deliveries)
      }
    }
    if (deliveries.length > 0) member.receive(deliveries)
    return deliveries.length
  }

  #keys(partition: number) {
    return this.#context.topic.keys.ofGroup(partition, this.#context.member.group)
  }

  async #each(partitions: readonly number[], run: (part: readonly number[]) => Promise<void>): Promise<void> {
    await Promise.all(this.#context.topic.split(partitions).map(run))
  }
}
