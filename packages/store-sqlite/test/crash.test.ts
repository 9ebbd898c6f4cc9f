import { createSqliteStore } from "@annals/store-sqlite"
import { expect, it } from "vitest"
import { spawnWriter } from "./processes/spawn-writer.ts"
import { temporaryFolder } from "./temporary-folder.ts"

it("a process killed in the middle of appending loses nothing that it acknowledged", {
  timeout: 60_000,
}, async () => {
  using folder = temporaryFolder()
  const file = folder.file("crashed.db")
  const acknowledged: string[] = []
  for (const enough of [7, 30, 61]) {
    const writer = spawnWriter(file, `until ${enough}`, 100_000)
    await writer.acknowledges(enough)
    writer.process.kill("SIGKILL")
    expect(await writer.exited).toBeNull()
    acknowledged.push(...writer.acknowledged)
  }

  await using store = createSqliteStore({ file })
  const ids = new Set((await store.readAll().toArray()).map(({ id }) => id))
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([])
  expect((await store.checkIntegrity()).problems).toEqual([])
  await store.append({ category: "own", id: "afterwards" }, [{ type: "survived", data: null }])
})
