import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { withLock } from "../../src/state/with-lock.ts"

function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "annals-lock-"))
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

const holder = join(import.meta.dirname, "..", "fixtures", "lock-holder.ts")

describe("the lock of a folder", () => {
  it("lets one work at a time", async () => {
    using temporary = temporaryFolder()
    const events: string[] = []
    const work = (name: string) =>
      withLock(temporary.folder, async () => {
        events.push(`${name} begins`)
        await new Promise(setImmediate)
        events.push(`${name} ends`)
      })
    await Promise.all([work("a"), work("b")])
    expect(events[1]?.slice(0, 1)).toBe(events[0]?.slice(0, 1))
    expect(events).toHaveLength(4)
  })

  it("goes back when work fails", async () => {
    using temporary = temporaryFolder()
    await expect(withLock(temporary.folder, () => Promise.reject(new Error("no")))).rejects.toThrow("no")
    expect(await withLock(temporary.folder, async () => "free")).toBe("free")
  })

  it("is held against other processes, until they die", async () => {
    using temporary = temporaryFolder()
    const other = spawn(process.execPath, [holder, temporary.folder], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    await once(other.stdout, "data")
    let entered = false
    const ours = withLock(temporary.folder, async () => {
      entered = true
    })
    await new Promise(setImmediate)
    expect(entered).toBe(false)
    other.kill("SIGKILL")
    await ours
    expect(entered).toBe(true)
  })
})
