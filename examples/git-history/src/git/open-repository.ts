import { stat } from "node:fs/promises"
import { basename, dirname } from "node:path"
import { Problem } from "../problem.ts"
import { git, tryGit } from "./run-git.ts"

/** A repository with a history to import. */
export interface GitRepository {
  /** Its top folder; for a bare repository its own. */
  readonly folder: string
  readonly name: string
  /** The commit that is checked out. */
  readonly head: string
  /** The branch that is checked out; `undefined` if HEAD is detached. */
  readonly branch: string | undefined
  /** Where the main line of its history begins: the same in every clone. */
  readonly firstCommit: string
  /** What the reader of a report should know about this clone. */
  readonly notices: readonly string[]
}

/** Finds the repository that a folder belongs to. Rejects with a `Problem` where there is none, or nothing in it. */
export async function openRepository(path: string): Promise<GitRepository> {
  await checkFolder(path)
  const gitFolder = await findGitFolder(path)
  const folder = (await tryGit(path, "rev-parse", "--show-toplevel")) || gitFolder
  const branch = await tryGit(folder, "symbolic-ref", "--quiet", "--short", "HEAD")
  const head = await tryGit(folder, "rev-parse", "--verify", "--quiet", "HEAD")
  if (head === undefined) throw new Problem(await describeEmpty(folder, branch))
  return {
    folder,
    name: basename(folder) === ".git" ? basename(dirname(folder)) : basename(folder, ".git"),
    head,
    branch,
    firstCommit: await git(folder, "rev-list", "--first-parent", "--max-parents=0", head),
    notices: await noticesAbout(folder),
  }
}

async function checkFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new Problem(`there is no folder ${path}: give the path of a git repository`)
  if (!found.isDirectory()) throw new Problem(`${path} is not a folder: give the path of a git repository`)
}

async function findGitFolder(path: string): Promise<string> {
  try {
    return await git(path, "rev-parse", "--absolute-git-dir")
  } catch (error) {
    const message = error instanceof Error ? error.message : ""
    if (message.includes("not a git repository")) {
      throw new Problem(
        `${path} is not in a git repository: give the path of one, such as npm run demo -- ../project`,
      )
    }
    throw error
  }
}

async function describeEmpty(folder: string, branch: string | undefined): Promise<string> {
  const others = await git(folder, "for-each-ref", "--count=1", "--format=%(refname:short)", "refs/heads")
  if (others === "") return `${folder} has no commits yet: make one, and come back`
  return `the branch "${branch ?? "HEAD"}" of ${folder} has no commits yet: check out another, such as "${others}"`
}

async function noticesAbout(folder: string): Promise<readonly string[]> {
  const shallow = await tryGit(folder, "rev-parse", "--is-shallow-repository")
  const partial = await tryGit(folder, "config", "--get-regexp", "^remote\\..*\\.promisor$")
  return [
    ...(shallow === "true"
      ? ["This is a shallow clone, so its history starts in the middle. For all of it: git fetch --unshallow"]
      : []),
    ...(partial
      ? ["This is a partial clone: git fetches what is missing while it reads, which can take long."]
      : []),
  ]
}
