import type { EventLog } from "@annals/core"
import type { CommitGraph, RecordedCommit } from "../domain/commit-graph.ts"
import { type FilesPresent, filesPresent } from "./files-present.ts"
import { answer, foldHistory } from "./fold-history.ts"

/**
 * Time travel: the files of a commit, from nothing but events. A commit's files are what its main line made of them, where a merge
 * counts with all that it brought in; the rest of the history is left out.
 */
export async function filesAtCommit(
  store: Pick<EventLog, "readAll">,
  graph: CommitGraph,
  { hash, position }: RecordedCommit,
): Promise<FilesPresent> {
  const present = answer(filesPresent)
  const commits = new Set(graph.mainLine(hash).map((commit) => commit.hash))
  await foldHistory(store, [present], { commits, until: position })
  return present.state
}
