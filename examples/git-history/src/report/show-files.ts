import type { RecordedCommit } from "../domain/commit-graph.ts"
import type { FilesPresent, PresentFile } from "../projections/files-present.ts"
import { formatCount, formatMinute, formatNumber } from "../terminal/format.ts"
import { printable } from "../terminal/printable.ts"
import { cutEnd, cutStart } from "../terminal/text-width.ts"
import type { Report } from "./gather-report.ts"
import { innerWidth, type Page, section } from "./page.ts"

const filesShown = 12

/** Time travel: the files in the middle of the history, beside those of today. */
export function showFilesInThePast(page: Page, { past, present, mainLine }: Report): readonly string[] {
  const { commit, files } = past
  const list = pathsOf(files)
  const more = list.length - filesShown
  const later = mainLine.indexOf(commit)
  const gone = [...files.keys()].filter((file) => !present.has(file)).length
  const since = present.size - (files.size - gone)
  return section(page, `Time travel: the files on ${formatMinute(commit.committedAt)}`, [
    page.style.dim(describeCommit(page, commit)),
    `${formatCount(files.size, "file")}; since then, in ${formatCount(later, "commit")}, ${formatNumber(since)} came and ${formatNumber(gone)} went. Some of them:`,
    ...evenly(list, filesShown).map((path) => cutStart(path, innerWidth(page))),
    ...(more > 0 ? [page.style.dim(`… ${formatNumber(more)} more`)] : []),
  ])
}

/** All files of a commit, as lines that another program can read. */
export function showFilesAt(page: Page, commit: RecordedCommit, files: FilesPresent): readonly string[] {
  return section(page, `${formatCount(files.size, "file")} on ${formatMinute(commit.committedAt)}`, [
    page.style.dim(describeCommit(page, commit)),
    ...pathsOf(files),
  ])
}

function describeCommit(page: Page, { hash, subject }: RecordedCommit): string {
  return cutEnd(`commit ${hash.slice(0, 8)} ${printable(subject)}`, innerWidth(page))
}

function pathsOf(files: FilesPresent): readonly string[] {
  return [...files.values()].sort(byPath).map(({ path }) => printable(path))
}

function byPath(left: PresentFile, right: PresentFile): number {
  return left.path < right.path ? -1 : 1
}

/** A few of many, from all over the list. */
function evenly(list: readonly string[], count: number): readonly string[] {
  if (list.length <= count) return list
  return Array.from(
    { length: count },
    (_, index) => list[Math.floor((index * list.length) / count)] as string,
  )
}
