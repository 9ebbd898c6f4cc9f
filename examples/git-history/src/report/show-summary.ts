import { formatCount, formatDay } from "../terminal/format.ts"
import type { Report } from "./gather-report.ts"
import { type Page, section } from "./page.ts"

/** The history in two lines. */
export function showSummary(
  page: Page,
  { commits, authors, files, present, mainLine }: Report,
): readonly string[] {
  const [last, first] = [mainLine[0], mainLine.at(-1)]
  const span = first && last ? ` from ${formatDay(first.committedAt)} to ${formatDay(last.committedAt)}` : ""
  return section(page, "The history", [
    `${formatCount(commits, "commit")} by ${authors.length === 1 ? "one person" : `${formatCount(authors.length, "author")}`}${span}`,
    `${formatCount(present.size, "file")} now, ${formatCount(files.length, "file")} ever`,
  ])
}
