import { formatDay } from "../terminal/format.ts"
import { printable } from "../terminal/printable.ts"
import type { Report } from "./gather-report.ts"
import { type Page, section } from "./page.ts"

/** What to try after the first look, as commands that work. */
export function showNextSteps(
  page: Page,
  { past, files, present }: Report,
  folder: string,
): readonly string[] {
  const here = quoted(folder)
  const hottest = files.find(({ file }) => present.has(file))
  const path = hottest && present.get(hottest.file)?.path
  return section(page, "Look further", [
    `npm run demo -- ${here} --at ${formatDay(past.commit.committedAt)}`,
    ...(path ? [`npm run demo -- ${here} --file ${quoted(path)}`] : []),
    "npm run demo -- PATH-OF-ANOTHER-REPOSITORY",
  ])
}

/** For a shell, if it needs it. */
function quoted(text: string): string {
  const shown = printable(text)
  return /^[\w./:@+-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`
}
