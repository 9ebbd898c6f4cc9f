import { readFences } from "../samples/read-fences.ts"

/** The anchors of headings, as GitHub makes them; a heading that comes again gets a number. */
export function anchorsOf(headings: readonly string[]): readonly string[] {
  const seen = new Map<string, number>()
  return headings.map((heading) => {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-")
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${count}`
  })
}

/** The headings of a page, in order, without their hashes. What looks like one in a fenced block is none. */
export function headingsOf(text: string): readonly string[] {
  return withoutFences(text)
    .map(({ line }) => /^#{1,6}\s+(.*?)\s*$/.exec(line)?.[1])
    .filter((heading) => heading !== undefined)
}

export interface TextLine {
  readonly line: string
  /** From 1. */
  readonly number: number
}

/** The lines of a page that are text. */
export function withoutFences(text: string): readonly TextLine[] {
  const fenced = new Set<number>()
  for (const { line, content } of readFences(text)) {
    const last = line + content.split("\n").length
    for (let number = line - 1; number <= last; number++) fenced.add(number)
  }
  return text
    .split("\n")
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ number }) => !fenced.has(number))
}
