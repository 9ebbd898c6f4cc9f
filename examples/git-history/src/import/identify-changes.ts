import { fileId } from "../domain/file.ts"
import type { FileTree } from "../domain/file-tree.ts"
import type { GitChange, GitCommit } from "../git/commit-changes.ts"
import type { StartingPoint } from "./file-trees.ts"
import type { KnownPaths } from "./known-paths.ts"

/** A change, and the file that it happened to. */
export interface FileStep {
  readonly file: string
  readonly change: GitChange
}

/**
 * Says which file each change of a commit is about. Along one line of history that is simple: the one at that path. A merge brings in
 * files, and new names of files, from another line; there they keep who they are. No file stands at two paths of one commit.
 */
export function identifyChanges(
  commit: GitCommit,
  start: StartingPoint,
  known: KnownPaths,
): readonly FileStep[] {
  const { tree, merged } = start
  const left = filesThatLeave(commit, tree)

  /** The file that another line has at this path, unless it stands elsewhere in this one. */
  const arriving = (path: string): string | undefined =>
    merged
      .map((other) => other.get(path))
      .find((file) => file !== undefined && (left.has(file) || !known.stands(file, tree)))

  const renamedFile = (from: string): string | undefined => {
    const file = tree.get(from)
    return file !== undefined && left.has(file) ? file : undefined
  }

  const place = (change: Exclude<GitChange, { what: "deleted" }>): FileStep => {
    if (change.what === "edited") return { file: fileAt(tree, change.path, commit), change }
    const { path, kind, lines } = change
    const file =
      arriving(path) ??
      (change.what === "renamed" ? renamedFile(change.from) : undefined) ??
      fileId(commit.hash, path)
    const from = left.get(file)
    left.delete(file)
    return {
      file,
      change:
        from === undefined
          ? { what: "added", path, kind, lines }
          : { what: "renamed", from, path, kind, lines },
    }
  }

  const placed = commit.changes.flatMap((change) => (change.what === "deleted" ? [] : [place(change)]))
  const deleted = [...left].map(([file, path]) => ({ file, change: deletionOf(path, commit) }))
  return [...placed, ...deleted]
}

/** The files that the commit takes from their paths, with these paths. */
function filesThatLeave(commit: GitCommit, tree: FileTree): Map<string, string> {
  const left = new Map<string, string>()
  for (const change of commit.changes) {
    const path = change.what === "deleted" ? change.path : change.what === "renamed" ? change.from : undefined
    if (path !== undefined) left.set(fileAt(tree, path, commit), path)
  }
  return left
}

/** A merge may bury a file under a rename that is another file's; git then tells no deletion of its own. */
function deletionOf(path: string, { changes }: GitCommit): GitChange {
  return (
    changes.find((change) => change.what === "deleted" && change.path === path) ?? {
      what: "deleted",
      path,
      lines: { added: 0, removed: 0 },
    }
  )
}

function fileAt(tree: FileTree, path: string, { hash }: GitCommit): string {
  const file = tree.get(path)
  if (file === undefined) throw new Error(`commit ${hash} changes ${path}, which its parent doesn't have`)
  return file
}
