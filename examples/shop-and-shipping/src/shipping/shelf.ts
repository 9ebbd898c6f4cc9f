// What was taken from the shelf of a product. Taken twice, and it is gone twice.
import { defineDecider, defineEvent } from "@annals/core"
import * as z from "zod"

const taken = defineEvent("taken", z.object({ quantity: z.int().positive() }))

export const shelf = defineDecider("shelf", {
  events: [taken],
  initial: () => ({ taken: 0 }),
  evolve: { taken: (shelf, { data }) => ({ taken: shelf.taken + data.quantity }) },
  decide: { take: (_shelf, { quantity }: { quantity: number }) => taken({ quantity }) },
})
