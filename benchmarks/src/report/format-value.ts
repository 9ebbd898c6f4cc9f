/** A number with as many digits as are worth reading. */
export function formatValue(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits })
}

/** A ratio, such as `0.93×`. */
export function formatRatio(ratio: number): string {
  return `${formatValue(ratio)}×`
}
