import { checkUuid } from "../ids/check-uuid.ts"
import type { BusDeadLetter, BusDeadLetters } from "../ports/event-bus.ts"
import { checkEach, checkLimit } from "../ports/front/check-input.ts"
import type { BrokerDeadLetter, BrokerDeadLetters } from "./bus-driver.ts"
import type { RestoreBusEvent } from "./bus-event.ts"
import type { BusLifecycle } from "./bus-lifecycle.ts"
import { fromMessage } from "./wire-message.ts"

/** The dead letters that the broker keeps for a group with order `"none"`. */
export function createBrokerDeadLetters(
  letters: BrokerDeadLetters,
  lifecycle: BusLifecycle,
  restore: RestoreBusEvent,
): BusDeadLetters {
  const use = <Result>(run: () => Promise<Result>) =>
    lifecycle.use(async (open) => {
      await open()
      return run()
    })
  return {
    list: ({ limit } = {}) =>
      use(async () => {
        const found = await letters.list(checkLimit(limit))
        const described = await Promise.all(found.map((letter) => describe(letter, restore)))
        return described.filter((letter) => letter !== undefined)
      }),
    replay: (eventIds) => use(async () => letters.replay(eventIds && checkIds(eventIds))),
    discard: (eventIds) => use(async () => letters.discard(checkIds(eventIds))),
  }
}

async function describe(
  { head, body, failure }: BrokerDeadLetter,
  restore: RestoreBusEvent,
): Promise<BusDeadLetter | undefined> {
  const wire = fromMessage(head, body)
  if (wire === undefined) return undefined // put there by somebody else
  return { event: await restore(wire.event), ...failure }
}

function checkIds(eventIds: readonly string[]): ReadonlySet<string> {
  return new Set(checkEach(eventIds, "eventIds", checkUuid))
}
