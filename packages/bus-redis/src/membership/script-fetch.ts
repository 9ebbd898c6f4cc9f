import type { Argument, Reply } from "../connection/redis-link.ts"
import { fetchScript } from "../scripts/messages.ts"
import { readFlat, textOf } from "./entries.ts"
import type { MemberContext } from "./member-context.ts"
import type { RedisDelivery, Source } from "./partition-tenure.ts"

/**
 * Fetches by script: with order "none" everything; with order "stream" what is pending, with the attempts that are counted of it, and whatever can't be fetched
 * otherwise for the time being. Returns whether there is nothing more for now.
 */
export async function fetchByScript(
  context: MemberContext,
  sources: readonly Source[],
  stopping: AbortSignal,
): Promise<boolean> {
  const { budget, member, topic } = context
  await budget.wait()
  const room = budget.takeNow()
  let received = 0
  try {
    if (room === 0 || stopping.aborted) return false
    const cursors = sources.map(({ cursor }) => cursor)
    const keys: string[] = []
    const args: Argument[] = [member.order, member.group, room]
    for (const { key, tenure, cursor } of sources) {
      keys.push(key, tenure.guard, tenure.keys.attempts)
      args.push(tenure.token, cursor)
    }
    const { losses } = topic.link
    const answer = (await topic.link.script(fetchScript, keys, args)) as readonly (readonly Reply[])[]
    if (losses !== topic.link.losses) {
      // What came before it may have been read, and not have arrived.
      for (const { tenure } of sources) tenure.readAgain()
      return false
    }
    let isDrained = answer.length === sources.length
    const deliveries: RedisDelivery[] = []
    for (const [index, source] of sources.entries()) {
      const one = answer[index]
      if (one === undefined) break
      if (one[0] !== 1) context.lost(source.tenure)
      // What comes too late stays pending, for whoever is next.
      if (!source.tenure.isLive || stopping.aborted) isDrained = false
      else if (!take(source, cursors[index] as string, one, deliveries)) isDrained = false
    }
    received = deliveries.length
    if (received > 0) member.receive(deliveries)
    return isDrained
  } finally {
    budget.giveBack(room - received)
  }
}

/** Takes what there is of one source. Returns whether that was all. */
function take(
  source: Source,
  cursor: string,
  [, count, last, delivered, flat]: readonly Reply[],
  deliveries: RedisDelivery[],
): boolean {
  readFlat(source, flat as readonly Reply[], deliveries)
  if (cursor === ">") {
    const isDrained = textOf(delivered) !== ""
    if (isDrained) source.watchedFrom = textOf(delivered)
    else if (count !== 0) source.watchedFrom = textOf(last)
    return isDrained
  }
  if (source.cursor !== cursor) return false
  source.cursor = count === 0 ? ">" : textOf(last)
  // With order "stream" nobody else moves it until the lease is lost.
  if (count === 0) source.watchedFrom = textOf(delivered)
  return false
}
