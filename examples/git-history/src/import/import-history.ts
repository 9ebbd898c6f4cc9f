import { type EventStore, isAnnalsError } from "@annals/core"
import type { CommitNode } from "../domain/commit-graph.ts"
import { readCommitGraph } from "../domain/read-commit-graph.ts"
import { listCommits } from "../git/list-commits.ts"
import type { GitRepository } from "../git/open-repository.ts"
import { readChanges } from "../git/read-changes.ts"
import { Problem } from "../problem.ts"
import { commitAppends } from "./commit-appends.ts"
import { FileTrees } from "./file-trees.ts"
import { type FileStep, identifyChanges } from "./identify-changes.ts"
import { KnownPaths } from "./known-paths.ts"
import { type FileMove, moveFiles } from "./move-files.ts"
import { OrderedWindow } from "./ordered-window.ts"
import { restoreFileTrees } from "./restore-file-trees.ts"

/** How far an import has come. */
export interface ImportProgress {
  /** Commits recorded by this import so far. */
  readonly done: number
  /** Commits that this import has to record. */
  readonly total: number
}

export interface ImportOptions {
  /** Called before the first commit and after each that is recorded. */
  readonly onProgress?: (progress: ImportProgress) => void
  /** Ends the import after the commits that are on their way; the next import goes on from there. */
  readonly signal?: AbortSignal
}

export interface ImportResult {
  /** Commits that were recorded by earlier imports. */
  readonly known: number
  /** Commits recorded now. */
  readonly added: number
  /** Commits that were left because the signal came. */
  readonly left: number
}

/** Events on their way to the store at a time: enough to fill its transactions, and few enough for memory. */
const eventsInFlight = 4_000

/**
 * Records every commit that led to the repository's HEAD and isn't recorded yet, each as one append, parents first. What is recorded
 * is never recorded again, so that an import can end anywhere, and go on.
 */
export async function importHistory(
  store: EventStore,
  repository: GitRepository,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const graph = await readCommitGraph(store, repository.firstCommit)
  const listed = await listCommits(repository)
  const fresh = listed.filter(({ hash }) => !graph.has(hash))
  const known = listed.length - fresh.length
  if (fresh.length === 0) return { known, added: 0, left: 0 }

  const trees = new FileTrees([...graph.commits(), ...fresh])
  const paths = new KnownPaths()
  if (graph.size > 0) await restoreFileTrees(store, graph.position, { trees, paths })
  const added = await recordCommits(store, repository, { fresh, trees, paths, version: graph.size }, options)
  return { known, added, left: fresh.length - added }
}

interface Start {
  readonly fresh: readonly CommitNode[]
  readonly trees: FileTrees
  readonly paths: KnownPaths
  /** Of the repository's stream. */
  readonly version: number
}

/** Returns how many were recorded. */
async function recordCommits(
  store: EventStore,
  repository: GitRepository,
  { fresh, trees, paths, version }: Start,
  { onProgress, signal }: ImportOptions,
): Promise<number> {
  let issued = 0
  let done = 0
  const window = new OrderedWindow(eventsInFlight, () => {
    done++
    onProgress?.({ done, total: fresh.length })
  })
  const issue = async () => {
    for await (const commit of readChanges(repository, fresh, signal)) {
      const node = fresh[issued] as CommitNode
      const start = trees.enter(node)
      const steps = identifyChanges(commit, start, paths)
      moveFiles(start.tree, paths, steps.map(moveOf))
      const place = { repository: repository.firstCommit, parents: node.parents, version: version + issued }
      const appends = commitAppends(commit, steps, place)
      issued++
      // Not awaited one by one: appends that wait for the disk together share one transaction.
      await window.add(appends.length, store.appendToStreams(appends))
    }
  }
  onProgress?.({ done, total: fresh.length })
  try {
    await issue().catch(unlessAborted)
  } finally {
    // Whatever ended it: nothing is under way any more when the store is closed. The first append that failed says why.
    await window.settled().catch(explain)
  }
  return done
}

function moveOf({ file, change }: FileStep): FileMove {
  switch (change.what) {
    case "deleted":
      return { file, from: change.path }
    case "renamed":
      return { file, from: change.from, to: change.path }
    default:
      return { file, to: change.path }
  }
}

function unlessAborted(error: unknown): void {
  if (!(error instanceof Error && error.name === "AbortError")) throw error
}

/** The repository's stream grows only by imports: any other version than expected means that one is under way. */
function explain(cause: unknown): never {
  if (!isAnnalsError(cause, "VERSION_CONFLICT")) throw cause
  throw new Problem(
    "another import into this database is under way: wait until it has ended, and start again",
    { cause },
  )
}
