const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const quote = '"'

/**
 * A path as text. Git's paths are bytes; one that is no UTF-8 is written as git shows it, in quotes and with its odd bytes in octal,
 * and so is one that starts with a quote: no two paths become the same text.
 */
export function decodePath(bytes: Uint8Array): string {
  try {
    const path = utf8.decode(bytes)
    if (!path.startsWith(quote)) return path
  } catch {}
  return quote + Array.from(bytes, quoteByte).join("") + quote
}

function quoteByte(byte: number): string {
  const character = String.fromCharCode(byte)
  if (character === quote || character === "\\") return `\\${character}`
  return byte >= 0x20 && byte < 0x7f ? character : `\\${byte.toString(8).padStart(3, "0")}`
}
