import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, it } from "vitest"
import { runProgram } from "./processes/run-program.ts"
import { temporaryFolder } from "./temporary-folder.ts"

describe("several processes on one file", () => {
  it("never decide twice on the same events", { timeout: 60_000 }, async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    const takers = ["a", "b", "c"].map((taker) => runProgram("take-numbers.ts", [file, taker, "20"]))
    const taken = (await Promise.all(takers)).flatMap(({ output }) => JSON.parse(output) as number[])
    assert.deepEqual(
      taken.toSorted((left, right) => left - right),
      Array.from({ length: 60 }, (_, index) => index + 1),
    )
    await using store = createSqliteStore({ file })
    assert.deepEqual(
      (await store.readAll().toArray()).map(({ data }) => data),
      Array.from({ length: 60 }, (_, index) => index + 1),
    )
  })

  it("go on when one is killed that holds the write lock, without what it hadn't committed", {
    timeout: 60_000,
  }, async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    const program = fileURLToPath(new URL("processes/hold-write-lock.ts", import.meta.url))
    const holder = spawn(process.execPath, [program, file], { stdio: ["pipe", "pipe", "inherit"] })
    const [acknowledged] = (await once(holder.stdout.setEncoding("utf8"), "data")) as [string]

    await using store = createSqliteStore({ file })
    await store.migrate()
    let isDone = false
    const append = store
      .append({ category: "account", id: "next" }, [{ type: "opened", data: null }])
      .finally(() => {
        isDone = true
      })
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(isDone, false)
    holder.kill("SIGKILL")
    await append

    assert.equal(await store.hasEvent(acknowledged.trim()), true)
    assert.deepEqual(
      (await store.readAll().toArray()).map((event) => event.stream.id),
      ["acknowledged", "next"],
    )
    assert.deepEqual((await store.checkIntegrity()).problems, [])
  })
})
