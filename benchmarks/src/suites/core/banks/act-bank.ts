import { act, state } from "@rotorsoft/act"
import * as z from "zod"
import type { Bank } from "./bank.ts"

const account = state({ Account: z.object({ cents: z.int() }) })
  .init(() => ({ cents: 0 }))
  .emits({ opened: z.object({ owner: z.string() }), deposited: z.object({ cents: z.int().positive() }) })
  .patch({ opened: () => ({}), deposited: ({ data }, { cents }) => ({ cents: cents + data.cents }) })
  .on({ open: z.object({ owner: z.string() }) })
  .emit((action) => ["opened", { owner: action.owner }])
  .on({ deposit: z.object({ cents: z.int().positive() }) })
  .emit((action) => ["deposited", { cents: action.cents }])
  .build()

const actor = { id: "benchmark", name: "benchmark" }

/** Its in-memory store is part of its core, and one for the whole process. */
export function createActBank(): Bank {
  const app = act().withState(account).build()
  return {
    open: async (stream, owner) => void (await app.do("open", { stream, actor }, { owner })),
    deposit: async (stream, cents) => void (await app.do("deposit", { stream, actor }, { cents })),
  }
}
