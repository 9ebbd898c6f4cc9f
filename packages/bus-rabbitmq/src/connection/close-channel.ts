import type { Channel } from "amqplib"

/** Resolves when the channel is closed, also when that is because its connection is lost meanwhile: of that, amqplib's own promise would never hear. */
export function closeChannel(channel: Channel): Promise<void> {
  return new Promise((resolve) => {
    channel.once("close", resolve)
    channel.close().catch(() => resolve())
  })
}
