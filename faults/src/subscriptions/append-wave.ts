import type { EventStore } from "@annals/core"
import type { Answer, Operation } from "../stores/operation.ts"
import { performOperation } from "../stores/perform-operation.ts"
import type { WavePlan } from "./round-plan.ts"

const nothingStrikes = { pausesAt: undefined, pause: async () => {} }

/** Makes the appends of a wave, and tells how each came out. */
export async function appendWave(
  store: EventStore,
  { lanes, held }: WavePlan,
  answered: (operation: Operation, answer: Answer) => void,
): Promise<void> {
  const perform = (operation: Operation, more: Partial<typeof nothingStrikes> | HeldBack = {}) =>
    performOperation(store, operation, {
      ...nothingStrikes,
      ...more,
      answer: async (answer) => answered(operation, answer),
    })
  const appended = Promise.withResolvers<void>()
  const written = Promise.withResolvers<void>()
  const holding =
    held === undefined
      ? written.resolve()
      : perform(held, {
          pausesAt: "in-transaction",
          pause: () => {
            written.resolve()
            return appended.promise
          },
        })
  try {
    await Promise.race([written.promise, holding])
    await Promise.all(
      lanes.map(async (operations) => {
        for (const operation of operations) await perform(operation)
      }),
    )
  } finally {
    appended.resolve()
  }
  await holding
}

interface HeldBack {
  readonly pausesAt: "in-transaction"
  readonly pause: () => Promise<void>
}
