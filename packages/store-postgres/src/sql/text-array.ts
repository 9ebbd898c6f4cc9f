/** An array as PostgreSQL reads it: `{"plain","with \"quotes\"",NULL}`. */
export function formatArray(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map((value) => (value === null ? "NULL" : quote(String(value)))).join(",")}}`
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`
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
