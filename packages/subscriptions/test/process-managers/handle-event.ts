import type { RecordedEvent } from "@annals/core"
import type { SubscriptionDefinition, TransactionContext } from "../../src/index.ts"

/** Hands one event to a transactional subscription, as it is handed by whoever runs it. */
export async function handleEvent(
  { name, handling }: SubscriptionDefinition,
  event: RecordedEvent,
  unitOfWork: TransactionContext["unitOfWork"],
): Promise<void> {
  const { signal } = new AbortController()
  const context: TransactionContext = { subscription: name, attempt: 1, signal, replayed: false, unitOfWork }
  if (handling.transactional) await handling.run([event], context)
}
