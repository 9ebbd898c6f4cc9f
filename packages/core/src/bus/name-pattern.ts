/** Whether a name is among those that are asked for. */
export type NameTest = (name: string) => boolean

/** `*` in a pattern stands for any characters, also none. */
export function namePatterns(patterns: Iterable<string>): NameTest {
  const names = new Set<string>()
  const expressions: RegExp[] = []
  for (const pattern of patterns) {
    if (pattern.includes("*")) expressions.push(expressionOf(pattern))
    else names.add(pattern)
  }
  return (name) => names.has(name) || expressions.some((expression) => expression.test(name))
}

function expressionOf(pattern: string): RegExp {
  const parts = pattern.split(/\*+/u).map((part) => part.replaceAll(/[\\^$.+?()[\]{}|]/gu, "\\$&"))
  return new RegExp(`^${parts.join(".*")}$`, "su")
}
