import type { Clock } from "@annals/core"
import type { Channel } from "amqplib"

/** How long the broker may take to answer a goodbye. */
export const goodbyeMs = 2_000

/**
 * Resolves when the channel is closed, also when that is because its connection is lost meanwhile: of that, amqplib's own promise would never hear. From a broker that
 * doesn't answer it doesn't wait long.
 */
export async function closeChannel(channel: Channel, clock: Clock): Promise<void> {
  const closed = new AbortController()
  channel.once("close", () => closed.abort())
  channel.close().catch(() => closed.abort())
  await clock.sleep(goodbyeMs, closed.signal).catch(() => {})
}
