import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** On the disk of the repository: the system's temporary folder may lie in memory. */
const home = fileURLToPath(new URL("../../.cache", import.meta.url))

/** A folder for what a run writes; gone with everything in it when the run has ended, unless it is kept. */
export class WorkFolder implements Disposable {
  readonly path: string
  #kept = false

  constructor() {
    mkdirSync(home, { recursive: true })
    this.path = mkdtempSync(join(home, `run-${process.pid}-`))
    // Servers run as another user where this one is root, and must get at their data in it.
    chmodSync(this.path, 0o755)
  }

  /** For whoever wants to look at what went wrong. */
  keep(): void {
    this.#kept = true
  }

  [Symbol.dispose](): void {
    if (!this.#kept) rmSync(this.path, { recursive: true, force: true })
  }
}
