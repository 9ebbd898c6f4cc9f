import { messageOf } from "@annals/core"
import type { Channel } from "amqplib"
import { hasReply } from "../errors.ts"
import { type Declaring, declareSpareQueue } from "../topology/declare.ts"
import type { GroupNames } from "../topology/names.ts"
import type { GroupTools } from "./group-tools.ts"

type DeclaringTools = Pick<GroupTools, "consuming" | "settings">

export interface QueuesToDeclare {
  readonly group: GroupNames
  /** All that `declare` declares. */
  readonly queues: readonly string[]
  declare(declaring: Declaring): Promise<void>
}

/**
 * RabbitMQ 4 drops what was delivered 20 times, unless it is told that there is no limit; older ones know neither that limit nor how to say so. A queue that was made before
 * the broker was brought to version 4 stays as it was declared then: only a policy can take the limit off.
 */
export async function declareQueues(tools: DeclaringTools, wanted: QueuesToDeclare): Promise<void> {
  const { consuming, settings } = tools
  if ((await consuming.majorVersion()) < 4) return declareOnOldBroker(tools, wanted)
  try {
    await consuming.withChannel((channel) => wanted.declare({ channel, deliveryLimit: -1 }))
  } catch (error) {
    if (!messageOf(error).includes("x-delivery-limit")) throw error
    await consuming.withChannel((channel) => wanted.declare({ channel, deliveryLimit: undefined }))
    settings.logger?.warn(
      "queues from before RabbitMQ 4 drop what was delivered 20 times: set a policy with delivery-limit -1",
      { topic: settings.topic },
    )
  }
}

/**
 * RabbitMQ 3 doesn't write down at once which log belongs to the quorum queue that was made last. Killed within that second, it has the queue afterwards, but without what was in it,
 * and the queue never confirms anything again. It does write it down when one more queue is made: so what is new isn't used before that.
 */
async function declareOnOldBroker(tools: DeclaringTools, wanted: QueuesToDeclare): Promise<void> {
  const areNew = !(await areThere(tools, wanted.queues))
  await tools.consuming.withChannel(async (channel) => {
    await wanted.declare({ channel, deliveryLimit: undefined })
    if (areNew) await declareSpareQueue(channel, wanted.group)
  })
}

async function areThere({ consuming }: DeclaringTools, queues: readonly string[]): Promise<boolean> {
  const check = (channel: Channel) => Promise.all(queues.map((queue) => channel.checkQueue(queue)))
  try {
    await consuming.withChannel(check)
    return true
  } catch (error) {
    if (hasReply((error as Error).cause, 404)) return false
    throw error
  }
}
