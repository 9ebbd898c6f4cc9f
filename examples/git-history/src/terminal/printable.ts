// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g
const short: Readonly<Record<string, string>> = { "\n": "\\n", "\t": "\\t", "\r": "\\r" }

/** Text of unknown origin, such as a path or a name, with everything made visible that would move the cursor or turn text round. */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => {
    return short[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}
