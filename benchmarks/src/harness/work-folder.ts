import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** On the disk of the repository: the system's temporary folder may lie in memory, where nothing is ever durable. */
const home = fileURLToPath(new URL("../../.cache", import.meta.url))

/** A folder for what a run writes; gone with everything in it when the run has ended. */
export class WorkFolder implements Disposable {
  readonly #path: string
  #count = 0

  constructor() {
    mkdirSync(home, { recursive: true })
    this.#path = mkdtempSync(join(home, "run-"))
  }

  /** A path in it that doesn't exist yet. */
  newPath(name: string): string {
    return join(this.#path, `${++this.#count}-${name}`)
  }

  /** Removes what is in it. */
  clear(): void {
    for (const name of readdirSync(this.#path)) rmSync(join(this.#path, name), { recursive: true })
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true, force: true })
  }
}
