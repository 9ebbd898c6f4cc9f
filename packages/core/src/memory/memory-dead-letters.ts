import type { RestoreBusEvent } from "../bus/bus-event.ts"
import { checkUuid } from "../ids/check-uuid.ts"
import type { BusDeadLetters } from "../ports/event-bus.ts"
import { checkEach, checkLimit } from "../ports/front/check-input.ts"
import type { MemoryConsumerGroup } from "./memory-consumer-group.ts"

/** The dead letters that a group of the memory bus keeps itself, with order `"none"`. */
export function createMemoryDeadLetters(
  group: Pick<MemoryConsumerGroup, "deadLetters" | "deliver">,
  restore: RestoreBusEvent,
): BusDeadLetters {
  const takeOut = (ids?: ReadonlySet<string>) => {
    const taken = [...group.deadLetters.values()].filter(({ event }) => ids?.has(event.id) ?? true)
    for (const { event } of taken) group.deadLetters.delete(event.id)
    return taken
  }
  return {
    async list({ limit } = {}) {
      const letters = [...group.deadLetters.values()].slice(0, checkLimit(limit))
      return Promise.all(
        letters.map(async ({ event, failure: { message, attempts, failedAt } }) => {
          return { event: await restore(event), message, attempts, failedAt }
        }),
      )
    },
    async replay(eventIds) {
      const letters = takeOut(eventIds === undefined ? undefined : checkIds(eventIds))
      for (const { event } of letters) group.deliver(event)
      return letters.length
    },
    discard: async (eventIds) => takeOut(checkIds(eventIds)).length,
  }
}

function checkIds(eventIds: readonly string[]): ReadonlySet<string> {
  return new Set(checkEach(eventIds, "eventIds", checkUuid))
}
