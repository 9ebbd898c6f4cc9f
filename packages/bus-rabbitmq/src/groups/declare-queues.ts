import { messageOf } from "@annals/core"
import type { Channel } from "amqplib"
import type { Declaring } from "../topology/declare.ts"
import type { GroupTools } from "./group-tools.ts"

/**
 * RabbitMQ 4 drops what was delivered 20 times, unless it is told that there is no limit; older ones know neither that limit nor how to say so. A queue that was made before
 * the broker was brought to version 4 stays as it was declared then: only a policy can take the limit off.
 */
export async function declareQueues(
  { consuming, settings }: Pick<GroupTools, "consuming" | "settings">,
  declare: (declaring: Declaring) => Promise<void>,
): Promise<void> {
  const asItWas = (channel: Channel) => declare({ channel, deliveryLimit: undefined })
  try {
    await consuming.withChannel((channel) =>
      majorVersion(channel) < 4 ? asItWas(channel) : declare({ channel, deliveryLimit: -1 }),
    )
  } catch (error) {
    if (!messageOf(error).includes("x-delivery-limit")) throw error
    await consuming.withChannel(asItWas)
    settings.logger?.warn(
      "queues from before RabbitMQ 4 drop what was delivered 20 times: set a policy with delivery-limit -1",
      {
        topic: settings.topic,
      },
    )
  }
}

function majorVersion(channel: Channel): number {
  return Number.parseInt(channel.connection.serverProperties.version, 10)
}
