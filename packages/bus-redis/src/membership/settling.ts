import type { DeadLetterFailure } from "@annals/core"
import type { Argument } from "../connection/redis-link.ts"
import { joinMessage } from "../entry-message.ts"
import { addDeadLetterScript, noteAttemptsScript, retryLaterScript } from "../scripts/messages.ts"
import type { Topic } from "../topic.ts"
import type { RedisDelivery } from "./partition-tenure.ts"

/** Puts a message aside for its group, and acknowledges it, in one step. */
export async function retryLater(
  topic: Topic,
  group: string,
  delivery: RedisDelivery,
  attempts: number,
  delayMs: number,
): Promise<void> {
  const { tenure, source } = delivery
  await topic.link.ready()
  await topic.link.script(
    retryLaterScript,
    [source.key, tenure.guard, tenure.keys.due],
    [...entryOf(group, delivery), delayMs, ...messageOf(delivery), attempts],
  )
}

/** Puts a message among the group's dead letters, and acknowledges it, in one step. */
export async function addDeadLetter(
  topic: Topic,
  group: string,
  delivery: RedisDelivery,
  failure: DeadLetterFailure,
): Promise<void> {
  const { tenure, source } = delivery
  await topic.link.ready()
  await topic.link.script(
    addDeadLetterScript,
    [source.key, tenure.guard, tenure.keys.dead],
    [...entryOf(group, delivery), ...messageOf(delivery), JSON.stringify(failure)],
  )
}

export function noteAttempts(topic: Topic, { tenure, id }: RedisDelivery, attempts: number): void {
  if (tenure.lost.aborted) return
  topic.link
    .script(noteAttemptsScript, [tenure.keys.lease, tenure.keys.attempts], [tenure.token, id, attempts])
    .catch(() => {}) // the next holder counts one less
}

function entryOf(group: string, { tenure, source, id }: RedisDelivery): Argument[] {
  return [group, tenure.token, id, source.isOwn ? "1" : "0"]
}

function messageOf({ eventId = Buffer.alloc(0), head = "", body }: RedisDelivery): Argument[] {
  return [eventId, joinMessage(head, body)]
}
