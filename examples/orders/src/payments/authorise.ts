/**
 * Stands in for a payment provider: it takes every card but `"declined"`. A real one would get the order's id as its idempotency key, since a process that
 * is killed after the call asks again; and it would only set the money aside here, for a reactor to collect after `payment-received`.
 */
export async function authorise(card: string): Promise<boolean> {
  return card !== "declined"
}
