import { resolve } from "node:path"
import type { EventStore } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import { defaultDatabase, makeDataFolder } from "./database-file.ts"
import type { CommitGraph } from "./domain/commit-graph.ts"
import { files } from "./domain/file.ts"
import { historyEvents } from "./domain/history-events.ts"
import { readCommitGraph } from "./domain/read-commit-graph.ts"
import { type GitRepository, openRepository } from "./git/open-repository.ts"
import { type ImportResult, importHistory } from "./import/import-history.ts"
import { type Options, parseOptions, usage } from "./options.ts"
import { Problem } from "./problem.ts"
import { filesAtCommit } from "./projections/files-at-commit.ts"
import { filesByPath } from "./projections/files-by-path.ts"
import { answer, foldHistory } from "./projections/fold-history.ts"
import { gatherReport } from "./report/gather-report.ts"
import type { Page } from "./report/page.ts"
import { showAuthors } from "./report/show-authors.ts"
import { showChurn } from "./report/show-churn.ts"
import { showFileStory } from "./report/show-file-story.ts"
import { showFilesAt, showFilesInThePast } from "./report/show-files.ts"
import { showHottestFiles } from "./report/show-hottest-files.ts"
import { showNextSteps } from "./report/show-next-steps.ts"
import { showSummary } from "./report/show-summary.ts"
import { formatCount, formatDay, formatDuration, formatNumber } from "./terminal/format.ts"
import { printable } from "./terminal/printable.ts"
import type { ProgressBar } from "./terminal/progress-bar.ts"

/** Where the application runs. */
export interface Surroundings {
  /** What relative paths start from. */
  readonly folder: string
  /** The repository to take where none is given. */
  readonly defaultRepository: string
  /** Where databases are kept where no file is given. */
  readonly dataFolder: string
  readonly page: Page
  print(line: string): void
  startProgress(): ProgressBar
  /** Milliseconds since any point. */
  now(): number
  /** Ends the import early, in good order. */
  readonly signal: AbortSignal
}

/** Imports a repository and answers. Returns whether it got that far; rejects with a `Problem` for what the user can put right. */
export async function runApplication(
  args: readonly string[],
  here: Surroundings,
): Promise<"done" | "interrupted"> {
  const options = parseOptions(args)
  if (options.help) {
    here.print(usage)
    return "done"
  }
  const repository = await openRepository(resolve(here.folder, options.path ?? here.defaultRepository))
  const database = await chooseDatabase(options, repository, here)
  showRepository(here, repository, database)
  await using sqlite = createSqliteStore({ file: database, events: historyEvents })
  // A tenant of its own: several repositories can share a file, and none sees another's events.
  const store = sqlite.forTenant(repository.firstCommit)

  const result = await importWithProgress(store, repository, here)
  if (result.left > 0) {
    const now = result.known + result.added
    here.print(
      `Interrupted: ${formatCount(now, "commit")} of ${formatNumber(now + result.left)} are recorded. The same command goes on from there.`,
    )
    return "interrupted"
  }
  const graph = await readCommitGraph(store, repository.firstCommit)
  for (const line of await answerFor(options, { store, graph, repository, page: here.page })) here.print(line)
  return "done"
}

async function chooseDatabase(
  { database }: Options,
  repository: GitRepository,
  { folder, dataFolder }: Surroundings,
): Promise<string> {
  if (database !== undefined) return resolve(folder, database)
  await makeDataFolder(dataFolder)
  return defaultDatabase(dataFolder, repository)
}

function showRepository({ page, print }: Surroundings, repository: GitRepository, database: string): void {
  const { folder, branch, head, notices } = repository
  const { bold, dim } = page.style
  const at = branch === undefined ? head.slice(0, 8) : `${printable(branch)}, ${head.slice(0, 8)}`
  print(`${bold(printable(folder))} ${dim(`(${at})`)}`)
  print(dim(`events in ${printable(database)}`))
  for (const notice of notices) print(notice)
}

async function importWithProgress(
  store: EventStore,
  repository: GitRepository,
  here: Surroundings,
): Promise<ImportResult> {
  const start = here.now()
  const progress = here.startProgress()
  let result: ImportResult
  try {
    result = await importHistory(store, repository, { onProgress: progress.show, signal: here.signal })
  } finally {
    progress.end()
  }
  here.print(describeImport(result, here.now() - start))
  return result
}

function describeImport({ known, added }: ImportResult, elapsedMs: number): string {
  if (added === 0) return `Nothing new: all ${formatCount(known, "commit")} are recorded already.`
  const rate = Math.round((added / Math.max(1, elapsedMs)) * 1000)
  const before = known > 0 ? `, after ${formatNumber(known)} recorded before` : ""
  return `Recorded ${formatCount(added, "commit")} in ${formatDuration(elapsedMs)}, ${formatNumber(rate)}/s${before}.`
}

interface Question {
  readonly store: EventStore
  readonly graph: CommitGraph
  readonly repository: GitRepository
  readonly page: Page
}

function answerFor(options: Options, question: Question): Promise<readonly string[]> {
  if (options.file !== undefined) return tellFile(options.file, question)
  if (options.at !== undefined) return listFiles(options.at, question)
  return report(question)
}

async function report({ store, graph, repository, page }: Question): Promise<readonly string[]> {
  const facts = await gatherReport(store, graph, repository.head)
  return [
    ...showSummary(page, facts),
    ...showAuthors(page, facts),
    ...showHottestFiles(page, facts),
    ...showChurn(page, facts),
    ...showFilesInThePast(page, facts),
    ...showNextSteps(page, facts, repository.folder),
  ]
}

async function listFiles(
  time: number,
  { store, graph, repository, page }: Question,
): Promise<readonly string[]> {
  const commit = graph.commitAt(repository.head, time)
  if (commit === undefined) {
    const first = [...graph.mainLine(repository.head)].at(-1)
    throw new Problem(
      `nothing was committed by then: the history starts on ${formatDay(first?.committedAt ?? 0)}`,
    )
  }
  return showFilesAt(page, commit, await filesAtCommit(store, graph, commit))
}

async function tellFile(
  path: string,
  { store, graph, repository, page }: Question,
): Promise<readonly string[]> {
  const commits = graph.ancestry(repository.head)
  const paths = answer(filesByPath)
  await foldHistory(store, [paths], { commits })
  const file = paths.state.get(path)
  if (file === undefined) {
    throw new Problem(`the history knows no file ${path}: give its path from the top of the repository`)
  }
  const story = await store.readStream(files.stream(file)).toArray()
  return showFileStory(
    page,
    path,
    story.filter(({ data }) => commits.has(data.commit)),
  )
}
