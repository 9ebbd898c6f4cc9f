import { cutStart, padEnd, textWidth } from "./text-width.ts"

/** A cell, and how it is painted once it has its width. */
export interface Cell {
  readonly text: string
  readonly align?: "left" | "right"
  readonly paint?: (text: string) => string
}

const gap = "  "

/** Sets rows of cells in columns. The last column takes what is left of the width, and cuts what is longer. */
export function drawTable(rows: readonly (readonly Cell[])[], width: number): readonly string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => textWidth(row[column]?.text ?? ""))),
  )
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + gap.length, 0)
  const last = Math.max(10, width - before)
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === columns - 1
          ? paint(cell, cutStart(cell.text, last))
          : paint(cell, align(cell, widths[column] ?? 0)),
      )
      .join(gap),
  )
}

function align({ text, align = "left" }: Cell, width: number): string {
  return align === "left" ? padEnd(text, width) : " ".repeat(Math.max(0, width - textWidth(text))) + text
}

function paint({ paint: with_ }: Cell, text: string): string {
  return with_ === undefined ? text : with_(text)
}
