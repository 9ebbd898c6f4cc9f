import assert from "node:assert/strict"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, it } from "vitest"
import { runProgram } from "./processes/run-program.ts"
import { temporaryFolder } from "./temporary-folder.ts"

/** Nobody but root can start a program as another user. */
describe.skipIf(process.getuid?.() !== 0)("a file that its user may only read", { timeout: 60_000 }, () => {
  it("is read, and refuses appends", async () => {
    using folder = temporaryFolder()
    const [read, append, readAgain] = await useWithoutPermission(folder.file("store.db"), "777")
    assert.equal(read, 1)
    assert.match(`${append}`, /^STORE_READ_ONLY .*store\.db: it can't be written: check its permissions/)
    assert.equal(readAgain, 1)
  })

  it("says what to do where SQLite can't even put beside it what readers share", async () => {
    using folder = temporaryFolder()
    for (const outcome of await useWithoutPermission(folder.file("store.db"), "755")) {
      assert.match(
        `${outcome}`,
        /^STORE_READ_ONLY .*store\.db: .*check its permissions and those of its folder/,
      )
    }
  })
})

async function useWithoutPermission(file: string, folderMode: string): Promise<readonly (number | string)[]> {
  {
    await using store = createSqliteStore({ file })
    await store.append({ category: "account", id: "alice" }, [{ type: "opened", data: null }])
  }
  const { output } = await runProgram("use-without-permission.ts", [file, folderMode])
  return JSON.parse(output)
}
