// What a customer owes. Charged twice, and he owes twice: nothing here would notice.
import { defineDecider, defineEvent } from "@annals/core"
import * as z from "zod"

const charged = defineEvent("charged", z.object({ cents: z.int().positive() }))

export const bill = defineDecider("bill", {
  events: [charged],
  initial: () => ({ cents: 0 }),
  evolve: { charged: (owed, { data }) => ({ cents: owed.cents + data.cents }) },
  decide: { charge: (_owed, { cents }: { cents: number }) => charged({ cents }) },
})
