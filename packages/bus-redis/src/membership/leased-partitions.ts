import type { Reply } from "../connection/redis-link.ts"
import { acquireScript, beatScript, giveAwayScript } from "../scripts/members.ts"
import { textOf } from "./entries.ts"
import type { Holdings } from "./holdings.ts"
import type { MemberContext } from "./member-context.ts"
import { PartitionTenure } from "./partition-tenure.ts"
import { planShare } from "./share.ts"

interface Beat {
  readonly members: ReadonlySet<string>
  /** Of each partition, the token that it is held by; "": by none. */
  readonly holders: ReadonlyMap<number, string>
}

/** Order `"stream"`: each partition is leased to one member of the group at a time. */
export class LeasedPartitions implements Holdings {
  readonly #context: MemberContext
  readonly #leaving = new Set<Promise<void>>()

  constructor(context: MemberContext) {
    this.#context = context
  }

  async beat(): Promise<undefined> {
    const { name, tenures, topic } = this.#context
    const { members, holders } = await this.#renew()
    for (const tenure of [...tenures.values()]) {
      if (holders.get(tenure.partition) !== tenure.token) this.#context.lost(tenure)
    }
    const counts = new Map([...members].map((member) => [member, 0]))
    for (const token of holders.values()) {
      const count = counts.get(memberOf(token))
      if (count !== undefined) counts.set(memberOf(token), count + 1)
    }
    const { take, giveAway } = planShare(name, {
      members: counts,
      // A lease of mine without a tenure: its answer was lost, or the tenure was given up when it ran out here.
      free: [...holders].flatMap(([partition, token]) =>
        token === "" || (memberOf(token) === name && !tenures.has(partition)) ? [partition] : [],
      ),
      mine: [...tenures.values()].flatMap(({ isLive, partition }) => (isLive ? [partition] : [])),
      partitions: topic.settings.partitions,
    })
    for (const partition of giveAway) this.#giveAway(tenures.get(partition) as PartitionTenure)
    await this.#acquire(take)
  }

  async settled(): Promise<void> {
    await Promise.all(this.#leaving)
  }

  async #renew(): Promise<Beat> {
    const { name, tenures, topic } = this.#context
    const { keys, settings } = topic
    const { group } = this.#context.member
    const members = new Set<string>()
    const holders = new Map<number, string>()
    await Promise.all(
      topic.domains.map(async (domain) => {
        const [held, alive] = (await topic.link.script(
          beatScript,
          domain.flatMap((partition) => {
            const { lease, members: living } = keys.ofGroup(partition, group)
            return [lease, living]
          }),
          [
            "stream",
            name,
            settings.leaseMs,
            ...domain.map((partition) => tenures.get(partition)?.token ?? ""),
          ],
        )) as [readonly (readonly Reply[])[], readonly Reply[]]
        domain.forEach((partition, index) => {
          holders.set(partition, textOf(held[index]?.[1]))
        })
        for (const member of alive) members.add(textOf(member))
      }),
    )
    return { members, holders }
  }

  async #acquire(partitions: readonly number[]): Promise<void> {
    const { name, tenures, topic, member } = this.#context
    const { keys, link, settings } = topic
    await Promise.all(
      topic.split(partitions).map(async (part) => {
        const taken = (await link.script(
          acquireScript,
          part.flatMap((partition) => [keys.events(partition), keys.ofGroup(partition, member.group).lease]),
          [member.group, name, settings.leaseMs],
        )) as readonly (readonly Reply[])[]
        part.forEach((partition, index) => {
          const [token, wasGone] = taken[index] ?? []
          if (wasGone === 1) this.#context.remade(partition)
          if (textOf(token) === "") return
          const groupKeys = keys.ofGroup(partition, member.group)
          tenures.set(partition, new PartitionTenure(partition, textOf(token), groupKeys, "stream"))
        })
      }),
    )
    if (partitions.length > 0) this.#context.changed()
  }

  #giveAway(tenure: PartitionTenure): void {
    tenure.isEnding = true
    this.#context.changed()
    // What isn't held any more isn't renewed: the lease runs out, or is taken anew.
    const leaving = this.#handOver(tenure).catch(() => this.#context.lost(tenure))
    this.#leaving.add(leaving)
    void leaving.then(() => this.#leaving.delete(leaving))
  }

  async #handOver(tenure: PartitionTenure): Promise<void> {
    const { member, topic, acknowledger, tenures } = this.#context
    await member.finish(tenure)
    await acknowledger.flush()
    const { events, again, lease, members } = tenure.keys
    const args = ["stream", member.group, "", tenure.token]
    await topic.link.script(giveAwayScript, [events, again, lease, members], args)
    if (tenures.get(tenure.partition) === tenure) tenures.delete(tenure.partition)
    this.#context.given()
  }
}

/** A token is the member's name with a fencing number. */
function memberOf(token: string): string {
  return token.slice(0, Math.max(0, token.lastIndexOf(".")))
}
