import type { CommitNode } from "../domain/commit-graph.ts"
import type { GitRepository } from "./open-repository.ts"
import { startGit } from "./run-git.ts"

/** Every commit that led to HEAD, each after its parents. */
export async function listCommits({ folder, head }: GitRepository): Promise<readonly CommitNode[]> {
  const { output, done } = startGit(folder, ["rev-list", "--topo-order", "--reverse", "--parents", head])
  const commits: CommitNode[] = []
  let rest = ""
  for await (const chunk of output) {
    const lines = (rest + chunk.toString("latin1")).split("\n")
    rest = lines.pop() as string
    for (const line of lines) {
      const [hash, ...parents] = line.split(" ")
      if (hash) commits.push({ hash, parents })
    }
  }
  await done
  return commits
}
