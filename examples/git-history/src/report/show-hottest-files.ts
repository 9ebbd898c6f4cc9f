import { formatCount, formatNumber } from "../terminal/format.ts"
import { printable } from "../terminal/printable.ts"
import { drawTable } from "../terminal/table.ts"
import type { Report } from "./gather-report.ts"
import { innerWidth, type Page, section } from "./page.ts"

const filesShown = 10

/** The files that changed most often, with those that are gone marked. */
export function showHottestFiles(page: Page, { files, present }: Report): readonly string[] {
  const rows = files.slice(0, filesShown).map(({ file, path, changes, added, removed, binary }) => {
    const now = present.get(file)
    return [
      { text: formatCount(changes, "change"), align: "right" as const },
      {
        text: binary ? "binary" : `+${formatNumber(added)}`,
        align: "right" as const,
        paint: page.style.added,
      },
      { text: binary ? "" : `−${formatNumber(removed)}`, align: "right" as const, paint: page.style.removed },
      now === undefined
        ? { text: `${printable(path)} (deleted)`, paint: page.style.dim }
        : { text: printable(now.path) },
    ]
  })
  return section(page, "Hottest files", drawTable(rows, innerWidth(page)))
}
