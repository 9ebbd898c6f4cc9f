import type { CommitNode } from "../domain/commit-graph.ts"
import { FileTree } from "../domain/file-tree.ts"

/** What a commit finds: the files of its first parent, to be changed by it, and those of the parents it merges. */
export interface StartingPoint {
  readonly tree: FileTree
  readonly merged: readonly FileTree[]
}

/** The file trees at commits that others still build on; a tree is let go with the last of them. */
export class FileTrees {
  readonly #trees = new Map<string, FileTree>()
  readonly #children = new Map<string, number>()

  /** Takes every commit that will be entered. */
  constructor(commits: Iterable<CommitNode>) {
    for (const { parents } of commits) {
      for (const parent of parents) this.#children.set(parent, (this.#children.get(parent) ?? 0) + 1)
    }
  }

  /** To be called once for each commit, after its parents. */
  enter({ hash, parents }: CommitNode): StartingPoint {
    const [first, ...others] = parents
    const merged = others.map((parent) => this.#treeAt(parent))
    for (const parent of others) this.#leave(parent)
    const tree = first === undefined ? new FileTree() : this.#continue(first)
    if (this.#children.has(hash)) this.#trees.set(hash, tree)
    return { tree, merged }
  }

  /** The last to build on a tree changes it in place: a line without branches costs no copies. */
  #continue(parent: string): FileTree {
    const tree = this.#treeAt(parent)
    this.#leave(parent)
    return this.#trees.has(parent) ? tree.fork() : tree
  }

  #treeAt(commit: string): FileTree {
    const tree = this.#trees.get(commit)
    if (tree === undefined) throw new Error(`no files are known at commit ${commit}`)
    return tree
  }

  #leave(parent: string): void {
    const left = (this.#children.get(parent) ?? 0) - 1
    this.#children.set(parent, left)
    if (left <= 0) this.#trees.delete(parent)
  }
}
