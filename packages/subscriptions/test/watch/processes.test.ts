import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, it, onTestFinished } from "vitest"

const program = fileURLToPath(new URL("processes/watch-file.ts", import.meta.url))
const stream = { category: "note", id: "a" }

describe("a watch in another process", () => {
  it("waits for what this one appends, stays alive while it does, and ends by break", {
    timeout: 60_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "annals-watch-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, "store.db")
    await using store = createSqliteStore({ file })
    await store.append(stream, [{ type: "noted", data: 1 }])
    const child = spawn(process.execPath, [program, file, "3"], { stdio: ["ignore", "pipe", "inherit"] })
    onTestFinished(() => void child.kill())
    const exited = once(child, "exit")
    const seen: string[] = []
    for await (const line of createInterface(child.stdout)) {
      seen.push(line)
      if (seen.length < 3) await store.append(stream, [{ type: "noted", data: seen.length + 1 }])
    }
    assert.deepEqual(await exited, [0, null])
    assert.deepEqual(seen, ["1", "2", "3"])
  })
})
