import { createMemoryStore, type EventStore } from "@annals/core"
import type { CommitGraph, RecordedCommit } from "../src/domain/commit-graph.ts"
import { historyEvents } from "../src/domain/history-events.ts"
import { readCommitGraph } from "../src/domain/read-commit-graph.ts"
import { openRepository } from "../src/git/open-repository.ts"
import { type ImportOptions, importHistory } from "../src/import/import-history.ts"
import { filesAtCommit } from "../src/projections/files-at-commit.ts"
import { gatherReport } from "../src/report/gather-report.ts"
import type { TestRepository } from "./test-repository.ts"

/** A store for a repository's history. */
export function createHistoryStore(): EventStore {
  return createMemoryStore({ events: historyEvents })
}

/** Imports what is new in a repository. */
export async function importInto(store: EventStore, repository: TestRepository, options: ImportOptions = {}) {
  return importHistory(store, await openRepository(repository.folder), options)
}

/** Imports a repository into a store of its own, and gives access to the answers. */
export async function imported(repository: TestRepository, store = createHistoryStore()) {
  const found = await openRepository(repository.folder)
  await importHistory(store, found)
  const graph = await readCommitGraph(store, found.firstCommit)
  return { store, graph, report: await gatherReport(store, graph, found.head) }
}

/** The paths at a commit, by the events. */
export async function pathsAt(
  store: EventStore,
  graph: CommitGraph,
  hash: string,
): Promise<readonly string[]> {
  const commit = [...graph.commits()].find((each) => each.hash === hash) as RecordedCommit
  const present = await filesAtCommit(store, graph, commit)
  return [...present.values()].map(({ path }) => path).sort()
}

/** What happened to each file, by the types of its events. */
export async function storiesOfFiles(store: EventStore): Promise<string[][]> {
  const stories: string[][] = []
  for await (const { stream } of store.listStreams({ category: "file" })) {
    const events = await store.readStream(stream).toArray()
    stories.push(events.map(({ type }) => type))
  }
  return stories
}
