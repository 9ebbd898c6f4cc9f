import type { EventLog } from "@annals/core"
import type { CommitGraph, RecordedCommit } from "../domain/commit-graph.ts"
import { type AuthorWork, authors } from "../projections/authors.ts"
import { filesAtCommit } from "../projections/files-at-commit.ts"
import type { FilesPresent } from "../projections/files-present.ts"
import { answer, foldHistory } from "../projections/fold-history.ts"
import { type FileHeat, hottestFiles } from "../projections/hottest-files.ts"
import { type WeeklyChurn, weeklyChurn } from "../projections/weekly-churn.ts"

/** Everything that the report shows, computed from events. */
export interface Report {
  readonly commits: number
  /** Most commits first. */
  readonly authors: readonly AuthorWork[]
  /** Most changes first. */
  readonly files: readonly FileHeat[]
  readonly churn: WeeklyChurn
  readonly present: FilesPresent
  readonly mainLine: readonly RecordedCommit[]
  /** A look back: a commit in the middle of the history, and its files. */
  readonly past: { readonly commit: RecordedCommit; readonly files: FilesPresent }
}

/** Asks the recorded history, as seen from a commit, everything that the report shows. */
export async function gatherReport(
  store: Pick<EventLog, "readAll">,
  graph: CommitGraph,
  head: string,
): Promise<Report> {
  const commits = graph.ancestry(head)
  const people = answer(authors)
  const heat = answer(hottestFiles)
  const churn = answer(weeklyChurn)
  await foldHistory(store, [people, heat, churn], { commits })

  const mainLine = [...graph.mainLine(head)]
  const middle = mainLine[Math.floor(mainLine.length / 2)]
  const [tip] = mainLine
  if (tip === undefined || middle === undefined) throw new Error(`commit ${head} is not recorded`)
  return {
    commits: commits.size,
    authors: [...people.state.values()].sort(byCommits),
    files: [...heat.state.values()].sort(byChanges),
    churn: churn.state,
    present: await filesAtCommit(store, graph, tip),
    mainLine,
    past: { commit: middle, files: await filesAtCommit(store, graph, middle) },
  }
}

function byCommits(left: AuthorWork, right: AuthorWork): number {
  return right.commits - left.commits || right.added - left.added
}

function byChanges(left: FileHeat, right: FileHeat): number {
  return right.changes - left.changes || right.added + right.removed - left.added - left.removed
}
