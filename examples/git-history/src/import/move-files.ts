import type { FileTree } from "../domain/file-tree.ts"
import type { KnownPaths } from "./known-paths.ts"

/** Where a commit took a file from, and where it put it. */
export interface FileMove {
  readonly file: string
  readonly from?: string
  readonly to?: string
}

/** Brings a tree from a commit's parent to the commit. What leaves goes first: `a` may make room for `a/b`. */
export function moveFiles(tree: FileTree, known: KnownPaths, moves: readonly FileMove[]): void {
  for (const { from } of moves) if (from !== undefined) tree.delete(from)
  for (const { file, to } of moves) {
    if (to === undefined) continue
    tree.set(to, file)
    known.add(file, to)
  }
}
