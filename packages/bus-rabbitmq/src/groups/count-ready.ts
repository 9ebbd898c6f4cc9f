import type { Channel } from "amqplib"

/** Messages in queues that no consumer has at the moment. */
export async function countReady(channel: Channel, queues: readonly string[]): Promise<number> {
  const states = await Promise.all(queues.map((queue) => channel.checkQueue(queue)))
  return states.reduce((sum, { messageCount }) => sum + messageCount, 0)
}
