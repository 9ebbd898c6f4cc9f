import type { JsonValue } from "@annals/core"

/**
 * A document as queries look at it, in JSON that jsonb can hold: keys and texts by `sortableText`, arrays empty because no
 * path leads into them, and without what is `null`, which is the same as missing.
 */
export function searchableJson(value: JsonValue): string {
  if (typeof value === "string") return JSON.stringify(sortableText(value))
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return "[]"
  const parts: string[] = []
  for (const [key, part] of Object.entries(value)) {
    if (part !== null) parts.push(`${JSON.stringify(sortableText(key))}:${searchableJson(part)}`)
  }
  return `{${parts.join(",")}}`
}

/**
 * Writes text so that PostgreSQL can hold it, and different texts stay different and in the order of their code points. NUL and halves
 * of surrogate pairs, which it can't hold, become two characters that sort in their place; so do U+0001 and U+D7FF, which lend themselves
 * to that.
 */
export function sortableText(text: string): string {
  return text.replace(unsortable, (character) => {
    const code = character.charCodeAt(0)
    if (code <= 1) return `\u0001${code === 0 ? "\u0001" : "\u0002"}`
    return `\ud7ff${code === 0xd7ff ? "\u0001" : String.fromCharCode(code - 0xd800 + 2)}`
  })
}

// With the u flag a pair is one character, which only lone halves aren't.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const unsortable = /[\u0000\u0001\ud7ff\ud800-\udfff]/gu
