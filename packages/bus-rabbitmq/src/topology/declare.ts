import { randomUUID } from "node:crypto"
import type { Channel } from "amqplib"
import { againKey, deadKey, type GroupNames, groupKey, type Names, retryKey } from "./names.ts"

/** How long a retry queue stays after it was last declared, beyond its delay. What waits in it has long left it by then. */
const retryQueueUnusedMs = 24 * 3_600_000

/** How long a queue stays that was to be removed at once, where nobody came to do so. */
const spareQueueMs = 60_000

/** One that lives as long as its connection, and nobody else may touch. Of the classic type also where the virtual host has another one as its default. */
export const privateQueue = {
  exclusive: true,
  autoDelete: true,
  durable: false,
  arguments: { "x-queue-type": "classic" },
} as const

/** Where queues are declared, and with which limit of deliveries, if one has to be given. */
export interface Declaring {
  readonly channel: Channel
  readonly deliveryLimit: number | undefined
}

/** What a message needs to get into any group at all. */
export async function declareTopic(channel: Channel, names: Names): Promise<void> {
  await channel.assertExchange(names.partitionMark, "fanout", { internal: true })
  // The broker compares alternate exchanges, so the number of partitions in its name can't be mistaken.
  await channel.assertExchange(names.topic, "fanout", { alternateExchange: names.partitionMark })
}

/** A group with order `"stream"`. It gets events once all its queues are there. */
export async function declareOrderedGroup(
  declaring: Declaring,
  names: Names,
  group: GroupNames,
): Promise<void> {
  const { channel } = declaring
  await declareTopic(channel, names)
  await channel.assertExchange(group.exchange, "direct")
  await Promise.all(
    group.partitions.map(async (queue, partition) => {
      await assertQuorumQueue(declaring, queue, { "x-single-active-consumer": true })
      await channel.bindQueue(queue, group.exchange, `${partition}`)
      await channel.bindQueue(queue, group.exchange, groupKey)
    }),
  )
  await channel.bindExchange(group.exchange, names.topic, "")
}

/** A group with order `"none"`. Another type of exchange, so that the broker finds consumers that don't agree about the order. */
export async function declareUnorderedGroup(
  declaring: Declaring,
  names: Names,
  group: GroupNames,
): Promise<void> {
  const { channel } = declaring
  await declareTopic(channel, names)
  await channel.assertExchange(group.exchange, "topic")
  await assertQuorumQueue(declaring, group.dead)
  await channel.bindQueue(group.dead, group.exchange, deadKey)
  await channel.bindQueue(group.dead, group.exchange, groupKey)
  await assertQuorumQueue(declaring, group.events)
  const keys = [againKey, groupKey, ...group.partitions.map((_, partition) => `${partition}`)]
  for (const key of keys) await channel.bindQueue(group.events, group.exchange, key)
  await channel.bindExchange(group.exchange, names.topic, "")
}

/** One fixed delay a queue: then the oldest message is always the first to go. It leads back to the group's own queue, and nowhere else. */
export async function declareRetryQueue(
  declaring: Declaring,
  group: GroupNames,
  delayMs: number,
): Promise<void> {
  await assertQuorumQueue(declaring, group.retry(delayMs), {
    "x-message-ttl": delayMs,
    "x-expires": delayMs + retryQueueUnusedMs,
    "x-dead-letter-exchange": group.exchange,
    "x-dead-letter-routing-key": againKey,
    "x-dead-letter-strategy": "at-least-once",
  })
  await declaring.channel.bindQueue(group.retry(delayMs), group.exchange, retryKey(delayMs))
}

/** A queue that only had to be made. */
export async function declareSpareQueue(channel: Channel, group: GroupNames): Promise<void> {
  const queue = group.spare(randomUUID())
  await assertQuorumQueue({ channel, deliveryLimit: undefined }, queue, { "x-expires": spareQueueMs })
  await channel.deleteQueue(queue)
}

/**
 * With `reject-publish`, a length that an operator limits is one that publishers are told of: by default the oldest messages would be dropped without a word.
 */
async function assertQuorumQueue(
  { channel, deliveryLimit }: Declaring,
  queue: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await channel.assertQueue(queue, {
    arguments: {
      "x-queue-type": "quorum",
      "x-overflow": "reject-publish",
      ...(deliveryLimit !== undefined && { "x-delivery-limit": deliveryLimit }),
      ...more,
    },
  })
}
