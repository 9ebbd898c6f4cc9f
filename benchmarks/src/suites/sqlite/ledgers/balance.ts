import type { Deposit } from "./deposit.ts"
import type { Balance } from "./ledger.ts"

export const emptyBalance: Balance = { deposits: 0, cents: 0 }

/** The fold that every contestant does. */
export function addDeposit({ deposits, cents }: Balance, deposit: Pick<Deposit, "cents">): Balance {
  return { deposits: deposits + 1, cents: cents + deposit.cents }
}
