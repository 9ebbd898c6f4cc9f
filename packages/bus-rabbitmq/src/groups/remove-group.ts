import type { Clock } from "@annals/core"
import type { Channel } from "amqplib"
import { failed, hasReply } from "../errors.ts"
import type { GroupTools } from "./group-tools.ts"

/**
 * Removes a group with all that waits for it, its dead letters too. Nothing is kept for it from then on. Retry queues that other processes have made, whose delays nobody
 * here knows, lead nowhere from then on, and go by themselves when nobody has used them for a day.
 */
export async function removeGroup(
  { names, consuming, retryQueues, settings: { clock } }: GroupTools,
  group: string,
): Promise<void> {
  const own = names.group(group)
  const queues = [...own.partitions, own.events]
  for (const queue of queues) {
    await consuming.withChannel(async (channel) => {
      if (await isUsed(channel, queue, clock))
        throw failed(`group ${group} still has consumers: stop them before it is removed`)
    })
  }
  await consuming.withChannel(async (channel) => {
    await channel.deleteExchange(own.exchange)
    const retries = retryQueues.get(own.exchange) ?? []
    for (const queue of [...queues, own.dead, ...retries]) await channel.deleteQueue(queue)
  })
}

/** A quorum queue may hear of a consumer's end a moment after the broker has said goodbye to it. */
const looks = 20
const betweenLooksMs = 50

async function isUsed(channel: Channel, queue: string, clock: Clock): Promise<boolean> {
  for (let look = 1; (await countConsumers(channel, queue)) > 0; look++) {
    if (look === looks) return true
    await clock.sleep(betweenLooksMs)
  }
  return false
}

async function countConsumers(channel: Channel, queue: string): Promise<number> {
  try {
    return (await channel.checkQueue(queue)).consumerCount
  } catch (error) {
    if (hasReply(error, 404)) return 0
    throw error
  }
}
