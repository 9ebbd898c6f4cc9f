import type { GroupMember } from "@annals/core"
import { ordersDiffer } from "../errors.ts"
import { textOf } from "../membership/entries.ts"
import { agreeScript, createGroupScript, lagScript } from "../scripts/groups.ts"
import { giveAwayScript } from "../scripts/members.ts"
import type { Topic } from "../topic.ts"
import type { GroupKeys } from "../topic-keys.ts"

/** A group, as Redis has it. */
export class RedisGroup {
  readonly #topic: Topic
  readonly #group: string
  readonly #order: "stream" | "none"

  constructor(topic: Topic, { group, order }: Pick<GroupMember, "group" | "order">) {
    this.#topic = topic
    this.#group = group
    this.#order = order
  }

  /** Makes it where it isn't there. Throws `INVALID_OPTION` if it is, with another order. */
  async create(from: "now" | "earliest"): Promise<void> {
    await this.agree()
    const start = from === "earliest" ? "0" : "$"
    await this.#inEach(
      createGroupScript,
      ({ events, again }) => [events, again],
      () => [this.#order, this.#group, start],
    )
  }

  /** A group has one order, whoever its members are. */
  async agree(): Promise<void> {
    const { group } = this.#topic.keys.ofGroup(0, this.#group)
    const agreed = textOf(await this.#topic.link.script(agreeScript, [group], [this.#order]))
    if (agreed !== this.#order) throw ordersDiffer(this.#group, this.#order, agreed)
  }

  /** Tells the members that one has come or gone, or gives something away: they look at once. */
  async ring(): Promise<void> {
    const { bell } = this.#topic.keys.ofGroup(0, this.#group)
    await this.#topic.link.command("xadd", [bell, "MAXLEN", 1, "*", "ring", 1]).catch(() => {}) // they look soon anyway
  }

  async lag(): Promise<number> {
    await this.#topic.link.ready()
    const counts = await this.#inEach(
      lagScript,
      ({ events, again, due }) => [events, again, due],
      () => [this.#group],
    )
    return counts.reduce<number>((sum, count) => sum + Number(count), 0)
  }

  /** A member leaves, with all that it holds. */
  async giveAllAway(name: string, tokenOf: (partition: number) => string | undefined): Promise<void> {
    await this.#inEach(
      giveAwayScript,
      ({ events, again, lease, members }) => [events, again, lease, members],
      (domain) => [this.#order, this.#group, name, ...domain.map((partition) => tokenOf(partition) ?? "")],
    )
  }

  #inEach(
    script: string,
    keysOf: (keys: GroupKeys) => readonly string[],
    args: (domain: readonly number[]) => readonly string[],
  ) {
    const { domains, keys, link } = this.#topic
    return Promise.all(
      domains.map((domain) => {
        const touched = domain.flatMap((partition) => keysOf(keys.ofGroup(partition, this.#group)))
        return link.script(script, touched, args(domain))
      }),
    )
  }
}
