/** A fenced block of a page. */
export interface Fence {
  readonly language: string
  /** What stands behind the language. */
  readonly info: string
  readonly content: string
  /** Of the first line of the content, from 1. */
  readonly line: number
}

/** The fenced blocks of a page, in order. A fence of more backticks holds fences of fewer. */
export function readFences(text: string): readonly Fence[] {
  const fences: Fence[] = []
  let open: { readonly marker: string; readonly head: string; readonly line: number } | undefined
  let content: string[] = []
  for (const [index, line] of text.split("\n").entries()) {
    const [, marker, head = ""] = /^\s*(`{3,})\s*(.*?)\s*$/.exec(line) ?? []
    if (open === undefined) {
      if (marker === undefined) continue
      open = { marker, head, line: index + 2 }
      content = []
    } else if (marker !== undefined && head === "" && marker.length >= open.marker.length) {
      const [, language = "", info = ""] = /^(\S*)\s*(.*)$/.exec(open.head) ?? []
      fences.push({ language, info, content: content.join("\n"), line: open.line })
      open = undefined
    } else {
      content.push(line)
    }
  }
  return fences
}
