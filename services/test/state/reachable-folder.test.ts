import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { reachableFolder, removeReachableFolder } from "../../src/state/reachable-folder.ts"

const nobody = { uid: 65534, gid: 65534 }

function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "annals-reachable-"))
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

// Other systems keep temporary folders where nobody else can enter.
describe.runIf(process.platform === "linux")("the folder of a service that runs as another user", () => {
  it("is the wanted one, where that user can get there", () => {
    using temporary = temporaryFolder()
    chmodSync(temporary.folder, 0o755)
    expect(reachableFolder(join(temporary.folder, "data"), nobody)).toBe(join(temporary.folder, "data"))
  })

  it("is another one, and always the same, where only we may enter", () => {
    using temporary = temporaryFolder()
    const closed = join(temporary.folder, "closed")
    mkdirSync(closed, { mode: 0o700 })
    const wanted = join(closed, "data")
    const folder = reachableFolder(wanted, nobody)
    expect(folder.startsWith(closed)).toBe(false)
    expect(statSync(folder).mode & 0o777).toBe(0o755)
    expect(statSync(dirname(folder)).mode & 0o001).toBe(0o001)
    expect(reachableFolder(wanted, nobody)).toBe(folder)
    removeReachableFolder(wanted)
    expect(existsSync(folder)).toBe(false)
  })

  it("is the wanted one, where we run it ourselves", () => {
    using temporary = temporaryFolder()
    const wanted = join(temporary.folder, "data")
    expect(reachableFolder(wanted, undefined)).toBe(wanted)
    removeReachableFolder(wanted)
    expect(existsSync(wanted)).toBe(false)
  })
})
