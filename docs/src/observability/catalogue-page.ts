import { readPage } from "../repository.ts"

/** Where every span and every metric is written down. */
export const cataloguePage = "docs/guides/observability.md"

export interface MetricRow {
  readonly name: string
  readonly instrument: string
  /** In UCUM. */
  readonly unit: string
  readonly attributes: readonly string[]
}

export interface SpanRow {
  /** The name of the operation, without what the page says besides to tell two of one name apart. */
  readonly operation: string
  /** With the operation's values in braces. */
  readonly name: string
  readonly kind: string
  readonly parent: string
  readonly attributes: readonly string[]
}

export function readMetricRows(): readonly MetricRow[] {
  return rowsOf("Every metric", 5).map(([name = "", instrument = "", unit = "", attributes = ""]) => ({
    name: unquoted(name),
    instrument,
    unit: unquoted(unit),
    attributes: quotedIn(attributes),
  }))
}

export function readSpanRows(): readonly SpanRow[] {
  return rowsOf("Every span", 5).map(
    ([operation = "", name = "", kind = "", parent = "", attributes = ""]) => ({
      operation: quotedIn(operation)[0] ?? "",
      name: unquoted(name),
      kind,
      parent,
      attributes: quotedIn(attributes),
    }),
  )
}

/** The cells of all tables of a section that have so many columns, without their heads. */
function rowsOf(section: string, columns: number): readonly (readonly string[])[] {
  const [, text = ""] =
    new RegExp(`\n## ${section}\n(.*?)\n## `, "s").exec(readPage(cataloguePage).text) ?? []
  return text
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(({ length }) => length === columns)
}

function unquoted(cell: string): string {
  return cell.replaceAll("`", "")
}

function quotedIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text)
}
