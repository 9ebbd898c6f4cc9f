/** Marks the folders that one tree may change in place; the others it shares with trees of other commits. */
type Owner = object

interface Folder {
  readonly owner: Owner
  readonly entries: Map<string, Folder | string>
}

/**
 * Which file is at which path, at one commit. Forks share what they have in common, as git's own trees do, so that thousands of
 * branches of a large repository fit into memory.
 */
export class FileTree {
  #root: Folder
  #owner: Owner

  constructor() {
    this.#owner = {}
    this.#root = { owner: this.#owner, entries: new Map() }
  }

  /** The id of the file at a path. */
  get(path: string): string | undefined {
    let folder = this.#root
    const names = path.split("/")
    const last = names.pop() as string
    for (const name of names) {
      const next = folder.entries.get(name)
      if (typeof next !== "object") return undefined
      folder = next
    }
    const file = folder.entries.get(last)
    return typeof file === "string" ? file : undefined
  }

  set(path: string, file: string): void {
    const names = path.split("/")
    const last = names.pop() as string
    let folder = this.#ownRoot()
    for (const name of names) folder = this.#ownFolder(folder, name)
    folder.entries.set(last, file)
  }

  delete(path: string): void {
    if (this.get(path) !== undefined) this.#deleteWithin(this.#ownRoot(), path.split("/"))
  }

  /** A tree that starts as this one is now. Neither sees what becomes of the other. */
  fork(): FileTree {
    const fork = new FileTree()
    fork.#root = this.#root
    this.#owner = {} // from now on both copy what they change
    return fork
  }

  #deleteWithin(folder: Folder, [name = "", ...rest]: readonly string[]): void {
    if (rest.length === 0) {
      folder.entries.delete(name)
      return
    }
    const inner = this.#ownFolder(folder, name)
    this.#deleteWithin(inner, rest)
    if (inner.entries.size === 0) folder.entries.delete(name) // git has no empty folders
  }

  #ownRoot(): Folder {
    if (this.#root.owner !== this.#owner) this.#root = this.#copy(this.#root)
    return this.#root
  }

  #ownFolder(parent: Folder, name: string): Folder {
    const there = parent.entries.get(name)
    if (typeof there === "object" && there.owner === this.#owner) return there
    const own =
      typeof there === "object"
        ? this.#copy(there)
        : { owner: this.#owner, entries: new Map<string, Folder | string>() }
    parent.entries.set(name, own)
    return own
  }

  #copy(folder: Folder): Folder {
    return { owner: this.#owner, entries: new Map(folder.entries) }
  }
}
