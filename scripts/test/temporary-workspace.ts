import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

export interface TemporaryWorkspace extends Disposable {
  readonly root: string
}

/** A folder with the given files, gone at the end of the block. An object stands for a JSON file. */
export function temporaryWorkspace(files: Readonly<Record<string, string | object>>): TemporaryWorkspace {
  const root = mkdtempSync(join(tmpdir(), "annals-workspace-"))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), typeof content === "string" ? content : JSON.stringify(content))
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) }
}
