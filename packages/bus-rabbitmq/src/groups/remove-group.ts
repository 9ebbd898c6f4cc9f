import type { Channel } from "amqplib"
import { failed, hasReply } from "../errors.ts"
import type { GroupTools } from "./group-tools.ts"

/**
 * Removes a group with all that waits for it, its dead letters too. Nothing is kept for it from then on. Retry queues that other processes have made, whose delays nobody
 * here knows, lead nowhere from then on, and go by themselves when nobody has used them for a day.
 */
export async function removeGroup(
  { names, consuming, retryQueues }: GroupTools,
  group: string,
): Promise<void> {
  const own = names.group(group)
  const queues = [...own.partitions, own.events]
  for (const queue of queues) await consuming.withChannel((channel) => refuseWhileUsed(channel, queue, group))
  await consuming.withChannel(async (channel) => {
    await channel.deleteExchange(own.exchange)
    const retries = retryQueues.get(own.exchange) ?? []
    for (const queue of [...queues, own.dead, ...retries]) await channel.deleteQueue(queue)
  })
}

async function refuseWhileUsed(channel: Channel, queue: string, group: string): Promise<void> {
  const consumers = await countConsumers(channel, queue)
  if (consumers > 0) throw failed(`group ${group} still has consumers: stop them before it is removed`)
}

async function countConsumers(channel: Channel, queue: string): Promise<number> {
  try {
    return (await channel.checkQueue(queue)).consumerCount
  } catch (error) {
    if (hasReply(error, 404)) return 0
    throw error
  }
}
