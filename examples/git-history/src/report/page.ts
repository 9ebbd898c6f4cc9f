import type { Style } from "../terminal/style.ts"

/** What a report is written on. */
export interface Page {
  /** Columns. */
  readonly width: number
  readonly style: Style
}

const margin = "  "

/** Columns inside of a section. */
export function innerWidth({ width }: Page): number {
  return width - margin.length
}

/** A title and, a little inside, its lines. */
export function section({ style }: Page, title: string, lines: readonly string[]): readonly string[] {
  return ["", style.bold(title), ...lines.map((line) => margin + line)]
}
