import type { EventLog } from "@annals/core"
import { repositories } from "./commit.ts"
import { CommitGraph } from "./commit-graph.ts"

/** Reads all commits of a repository that are recorded. */
export async function readCommitGraph(
  store: Pick<EventLog, "readStream">,
  repository: string,
): Promise<CommitGraph> {
  const graph = new CommitGraph()
  for await (const event of store.readStream(repositories.stream(repository))) graph.record(event)
  return graph
}
