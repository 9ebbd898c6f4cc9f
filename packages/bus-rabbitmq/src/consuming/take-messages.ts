import type { Clock } from "@annals/core"
import type { Channel, Message } from "amqplib"

/** How long the next message may take to come. There may be fewer than were counted: some may have expired. */
const patienceMs = 1_000

/**
 * Takes so many messages out of a queue, the oldest first. They are consumed, since those that are fetched one by one come back in no order when the channel is closed.
 */
export async function* takeMessages(
  channel: Channel,
  queue: string,
  count: number,
  clock: Clock,
): AsyncGenerator<Message> {
  if (count === 0) return
  const arrived: Message[] = []
  let wake = () => {}
  await channel.prefetch(count)
  await channel.consume(queue, (message) => {
    if (message !== null) arrived.push(message)
    wake()
  })
  for (let taken = 0; taken < count; taken++) {
    if (arrived.length === taken) {
      const over = new AbortController()
      wake = () => over.abort()
      await clock.sleep(patienceMs, over.signal).catch(() => {})
    }
    const message = arrived[taken]
    if (message === undefined) return
    yield message
  }
}
