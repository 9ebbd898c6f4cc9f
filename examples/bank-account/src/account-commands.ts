// What the bank is asked to do. The same for all three styles.
import type { Money } from "./money.ts"

export interface OpenAccount {
  readonly owner: string
  /** How far the balance may go below zero. */
  readonly overdraft: Money
}

export interface Payment {
  readonly amount: Money
}

export interface CreditInterest {
  /** Hundredths of a percent: 25 is 0.25 %. */
  readonly basisPoints: number
}
