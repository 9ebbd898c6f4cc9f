import type { Balance } from "./balance.ts"

/** Who reads less than everything would be fast. */
export function requireDeposits({ deposits }: Balance, count: number): void {
  if (deposits !== count) throw new Error(`read ${deposits} events of ${count}`)
}
