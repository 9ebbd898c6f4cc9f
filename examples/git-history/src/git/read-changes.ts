import type { CommitNode } from "../domain/commit-graph.ts"
import { Problem } from "../problem.ts"
import { ChangeParser, commitFormat } from "./change-parser.ts"
import type { GitCommit } from "./commit-changes.ts"
import type { GitRepository } from "./open-repository.ts"
import { startGit } from "./run-git.ts"
import { splitAtNul } from "./split-at-nul.ts"

/** Every setting that could make two machines see different changes is given here. */
const diffTree = [
  "diff-tree",
  "--stdin",
  "--root",
  "-r",
  "-z",
  "--always",
  "--raw",
  "--numstat",
  "-M50%",
  "-l1000",
  "--no-ext-diff",
  "--no-textconv",
  "--no-relative",
  "--ignore-submodules=none",
  "--encoding=UTF-8",
  `--format=${commitFormat}`,
]

/**
 * What each of these commits changed against its first parent, in the order given. Git runs ahead only as far as its output is taken;
 * memory doesn't grow with the length of the history.
 */
export async function* readChanges(
  { folder }: GitRepository,
  commits: readonly CommitNode[],
  signal?: AbortSignal,
): AsyncGenerator<GitCommit> {
  const running = startGit(folder, diffTree, { input: requests(commits), ...(signal && { signal }) })
  let ready: GitCommit[] = []
  const parser = new ChangeParser((commit) => ready.push(commit))
  let next = 0
  for await (const pieces of splitAtNul(running.output)) {
    for (const piece of pieces) parser.read(piece)
    for (const commit of ready) yield inOrder(commit, commits[next++])
    ready = []
  }
  await running.done
  parser.end()
  for (const commit of ready) yield inOrder(commit, commits[next++])
  if (next < commits.length)
    throw new Problem(`git told only ${next} of ${commits.length} commits: try git fsck`)
}

/** Git compares a commit with the parents that stand behind it. */
function* requests(commits: readonly CommitNode[]): Generator<string> {
  for (const { hash, parents } of commits) yield `${hash}${parents.length > 0 ? ` ${parents[0]}` : ""}\n`
}

function inOrder(commit: GitCommit, expected: CommitNode | undefined): GitCommit {
  if (commit.hash === expected?.hash) return commit
  throw new Problem(`git told about ${commit.hash} where ${expected?.hash} was asked for`)
}
