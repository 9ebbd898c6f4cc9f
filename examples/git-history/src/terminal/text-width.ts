const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" })
const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u
// biome-ignore lint/suspicious/noControlCharactersInRegex: plain ASCII needs no closer look
const ascii = /^[\u0000-\u007f]*$/

/** How many columns of a terminal a text takes. */
export function textWidth(text: string): number {
  if (ascii.test(text)) return text.length
  return Array.from(graphemes.segment(text)).reduce(
    (width, { segment }) => width + (wide.test(segment) ? 2 : 1),
    0,
  )
}

/** Fills a text up with spaces at its end. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)))
}

/** Shortens a text that is too wide at its end. */
export function cutEnd(text: string, width: number): string {
  return textWidth(text) <= width ? text : `${takeStart(text, width - 1)}…`
}

/** Shortens a path that is too wide at its start: its end says more. */
export function cutStart(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  const reversed = Array.from(graphemes.segment(text), ({ segment }) => segment).toReversed()
  return `…${takeWhileFits(reversed, width - 1)
    .toReversed()
    .join("")}`
}

function takeStart(text: string, width: number): string {
  return takeWhileFits(
    Array.from(graphemes.segment(text), ({ segment }) => segment),
    width,
  ).join("")
}

function takeWhileFits(segments: readonly string[], width: number): string[] {
  let left = width
  const end = segments.findIndex((segment) => {
    left -= textWidth(segment)
    return left < 0
  })
  return segments.slice(0, end === -1 ? segments.length : end)
}
