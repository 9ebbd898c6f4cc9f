import type { BrokerDeadLetter, BrokerDeadLetters, DeadLetterFailure } from "@annals/core"
import type { Reply } from "../connection/redis-link.ts"
import { splitMessage } from "../entry-message.ts"
import { textOf } from "../membership/entries.ts"
import { settleDeadLettersScript } from "../scripts/messages.ts"
import type { Topic } from "../topic.ts"

/** So many are looked through in one step. */
const pageSize = 500

/** The dead letters of a group with order `"none"`: a stream in each partition. */
export function createRedisDeadLetters(topic: Topic, group: string): BrokerDeadLetters {
  const partitions = topic.domains.flat()

  async function oldest(partition: number, limit: number): Promise<readonly Entry[]> {
    const { dead } = topic.keys.ofGroup(partition, group)
    const page = (await topic.link.command("xrange", [dead, "-", "+", "COUNT", limit])) as readonly Reply[]
    return page.map(readEntry)
  }

  async function settle(
    what: "replay" | "discard",
    eventIds: ReadonlySet<string> | undefined,
  ): Promise<number> {
    if (eventIds?.size === 0) return 0
    let settled = 0
    for (const partition of partitions) {
      const { dead, again } = topic.keys.ofGroup(partition, group)
      let after = "0"
      while (after !== "") {
        const [count, last] = (await topic.link.script(
          settleDeadLettersScript,
          [dead, again],
          [what, after, pageSize, ...(eventIds ?? [])],
        )) as readonly Reply[]
        settled += Number(count)
        after = textOf(last)
      }
    }
    return settled
  }

  return {
    async list(limit) {
      const pages = await Promise.all(partitions.map((partition) => oldest(partition, limit)))
      return pages
        .flat()
        .toSorted((one, other) => one.at - other.at)
        .slice(0, limit)
        .map(({ letter }) => letter)
    },
    replay: (eventIds) => settle("replay", eventIds),
    discard: (eventIds) => settle("discard", eventIds),
  }
}

interface Entry {
  /** When it was added, by Redis' clock. */
  readonly at: number
  readonly letter: BrokerDeadLetter
}

function readEntry(entry: Reply): Entry {
  const [id, fields] = entry as readonly [Buffer, readonly Buffer[]]
  const [, message, , failure] = fields as readonly [Buffer, Buffer, Buffer, Buffer]
  const { head = "", body } = splitMessage(message)
  const letter = { head, body, failure: JSON.parse(textOf(failure)) as DeadLetterFailure }
  return { at: Number.parseInt(textOf(id), 10), letter }
}
