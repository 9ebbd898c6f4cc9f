// The only place where the library's rules and Annals meet.
import { defineDecider, defineEvent, refuse, type } from "@annals/core"
import {
  type Answer,
  acquire,
  after,
  type LendingEvent,
  lend,
  renew,
  reserve,
  takeBack,
  unknownCopy,
} from "../domain/lending.ts"

type DataOf<Type extends LendingEvent["type"]> = Extract<LendingEvent, { readonly type: Type }>["data"]

const acquired = defineEvent("acquired", type<DataOf<"acquired">>())
const lent = defineEvent("lent", type<DataOf<"lent">>())
const renewed = defineEvent("renewed", type<DataOf<"renewed">>())
const reserved = defineEvent("reserved", type<DataOf<"reserved">>())
const returned = defineEvent("returned", type<DataOf<"returned">>())

/** Copies of books, by their inventory number. */
export const copies = defineDecider("copy", {
  events: [acquired, lent, renewed, reserved, returned],
  initial: () => unknownCopy,
  evolve: { acquired: after, lent: after, renewed: after, reserved: after, returned: after },
  decide: {
    acquire: (copy, order: Parameters<typeof acquire>[1]) => decided(acquire(copy, order)),
    lend: (copy, order: Parameters<typeof lend>[1]) => decided(lend(copy, order)),
    renew: (copy, order: Parameters<typeof renew>[1]) => decided(renew(copy, order)),
    reserve: (copy, order: Parameters<typeof reserve>[1]) => decided(reserve(copy, order)),
    takeBack: (copy, order: Parameters<typeof takeBack>[1]) => decided(takeBack(copy, order)),
  },
})

function decided(answer: Answer) {
  return "no" in answer ? refuse(answer.no) : answer
}
