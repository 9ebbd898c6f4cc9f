import type { Deposit } from "./deposit.ts"

/** What folding deposits gives. */
export interface Balance {
  readonly deposits: number
  readonly cents: number
}

export const emptyBalance: Balance = { deposits: 0, cents: 0 }

/** The fold that every contestant does. */
export function addDeposit({ deposits, cents }: Balance, deposit: Pick<Deposit, "cents">): Balance {
  return { deposits: deposits + 1, cents: cents + deposit.cents }
}
