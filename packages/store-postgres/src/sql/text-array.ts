/** An array of text as PostgreSQL writes it: `{plain,"with, comma"}`. */
export function formatTextArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, "\\$&")}"`).join(",")}}`
}

/** Reads what PostgreSQL writes; elements are never NULL. */
export function parseTextArray(text: string): string[] {
  const inner = text.slice(1, -1)
  if (inner === "") return []
  if (!inner.includes('"')) return inner.split(",")
  const values: string[] = []
  for (const [, quoted, plain] of inner.matchAll(/"((?:[^"\\]|\\.)*)"|([^",]+)/gs)) {
    values.push(plain ?? (quoted as string).replace(/\\(.)/gs, "$1"))
  }
  return values
}
