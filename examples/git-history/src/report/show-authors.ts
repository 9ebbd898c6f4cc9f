import type { AuthorWork } from "../projections/authors.ts"
import type { FileHeat } from "../projections/hottest-files.ts"
import { formatCount, formatNumber } from "../terminal/format.ts"
import { printable } from "../terminal/printable.ts"
import { drawTable } from "../terminal/table.ts"
import { cutEnd } from "../terminal/text-width.ts"
import type { Report } from "./gather-report.ts"
import { innerWidth, type Page, section } from "./page.ts"

const peopleShown = 8
const longestName = 24
const filesPerPerson = 3

/** Who changed what: the people with the most commits, and the files that they changed most. */
export function showAuthors(page: Page, { authors, files, present }: Report): readonly string[] {
  const heats = new Map(files.map((heat) => [heat.file, heat]))
  const nameOf = (file: string) => present.get(file)?.path ?? heats.get(file)?.path ?? ""
  const rows = authors.slice(0, peopleShown).map((work) => [
    { text: cutEnd(printable(work.name) || "(no name)", longestName) },
    { text: formatCount(work.commits, "commit"), align: "right" as const },
    { text: `+${formatNumber(work.added)}`, align: "right" as const, paint: page.style.added },
    { text: `−${formatNumber(work.removed)}`, align: "right" as const, paint: page.style.removed },
    {
      text: topFiles(work, heats)
        .map((file) => shortPath(nameOf(file)))
        .join(", "),
      paint: page.style.dim,
    },
  ])
  const others = authors.length - rows.length
  return section(page, "Who changed what", [
    ...drawTable(rows, innerWidth(page)),
    ...(others > 0 ? [page.style.dim(`and ${formatCount(others, "other")}`)] : []),
  ])
}

/** Of files that somebody changed equally often, the busier ones. */
function topFiles({ files }: AuthorWork, heats: ReadonlyMap<string, FileHeat>): readonly string[] {
  const heatOf = (file: string) => heats.get(file)?.changes ?? 0
  return [...files]
    .sort(
      ([left, leftChanges], [right, rightChanges]) =>
        rightChanges - leftChanges || heatOf(right) - heatOf(left),
    )
    .slice(0, filesPerPerson)
    .map(([file]) => file)
}

/** With the folder it is in: many files share a name. */
function shortPath(path: string): string {
  return printable(path.split("/").slice(-2).join("/"))
}
