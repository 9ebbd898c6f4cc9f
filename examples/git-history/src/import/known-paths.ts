import type { FileTree } from "../domain/file-tree.ts"

/** Every path that a file ever had, on any line of history. */
export class KnownPaths {
  readonly #paths = new Map<string, readonly string[]>()

  add(file: string, path: string): void {
    const paths = this.#paths.get(file) ?? []
    if (!paths.includes(path)) this.#paths.set(file, [...paths, path])
  }

  /** Whether the file is somewhere in this tree. */
  stands(file: string, tree: FileTree): boolean {
    return (this.#paths.get(file) ?? []).some((path) => tree.get(path) === file)
  }
}
