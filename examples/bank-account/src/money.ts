// Money is counted in whole cents. Nothing here divides or rounds except where it says how.

declare const cents: unique symbol

/** An amount in cents: a whole number, which is exact up to 90 trillion euros. */
export type Money = number & { readonly [cents]: true }

/** Takes a whole number of cents for an amount. Throws a `RangeError` for anything else. */
export function money(cents: number): Money {
  if (!Number.isSafeInteger(cents)) throw new RangeError(`${cents} is no whole number of cents`)
  return (cents === 0 ? 0 : cents) as Money
}

export const nothing = money(0)

/** Reads an amount such as `12.50`, `-3` or `1000.05`, digit by digit: `0.1` has no exact floating-point number. */
export function parseMoney(text: string): Money {
  const [, sign, euros = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(text) ?? []
  if (sign === undefined) throw new RangeError(`"${text}" is no amount of money: write it like 12.50`)
  const amount = Number(euros) * 100 + Number(fraction.padEnd(2, "0"))
  return money(sign === "-" ? -amount : amount)
}

/** Writes an amount such as `12.50`. */
export function formatMoney(amount: Money): string {
  const digits = String(Math.abs(amount)).padStart(3, "0")
  return `${amount < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

export function add(left: Money, right: Money): Money {
  return money(left + right)
}

export function subtract(left: Money, right: Money): Money {
  return money(left - right)
}

/**
 * A part of an amount, in hundredths of a percent (25 = 0.25 %), rounded half up. The product may be too large for an exact number,
 * so it is taken in big integers.
 */
export function share(amount: Money, basisPoints: number): Money {
  const doubled = BigInt(amount) * BigInt(basisPoints) * 2n + 10_000n
  const floor = doubled >= 0n ? doubled / 20_000n : (doubled - 19_999n) / 20_000n
  return money(Number(floor))
}
