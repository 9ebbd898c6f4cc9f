import { DatabaseSync } from "node:sqlite"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

describe("the integrity check", () => {
  it.each([":memory:", "file"])("finds nothing wrong with what was appended (%s)", async (where) => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: where === "file" ? folder.file("store.db") : where })
    await fill(store)
    expect(await store.checkIntegrity()).toEqual({ ok: true, problems: [], events: 44, streams: 4 })
  })

  it.each([
    ["a changed version", "UPDATE events SET version = 99 WHERE position = 3", "versions"],
    ["a deleted event", "DELETE FROM events WHERE position = 3", "missing events"],
    ["a deleted run", "DELETE FROM stream_runs WHERE first_version = 1 AND stream_ref = 1", "gaps"],
    ["a lost tag", "DELETE FROM tag_runs WHERE first_position <= 5", "tags"],
    ["a tag too much", "INSERT INTO tag_runs VALUES (1, 1000, 3)", "tagged events"],
    ["a lost correlation", "DELETE FROM correlation_runs", "correlations"],
    ["a lost segment", "DELETE FROM kind_segments", "kinds"],
    ["an event of an unknown stream", "UPDATE events SET stream_ref = 77 WHERE position = 3", "names"],
    [
      "a position that may come twice",
      "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'events'",
      "positions",
    ],
  ])("finds %s", async (_, damage, check) => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("store.db") })
    await fill(store)
    const other = new DatabaseSync(folder.file("store.db"))
    const triggers = other.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all() as {
      name: string
    }[]
    other.exec(triggers.map(({ name }) => `DROP TRIGGER ${name};`).join(""))
    other.exec(damage)
    other.close()
    const { ok, problems } = await store.checkIntegrity()
    expect(ok).toBe(false)
    expect(problems.filter((problem) => problem.startsWith(`${check}: `))).not.toEqual([])
  })
})

async function fill(store: ReturnType<typeof createSqliteStore>): Promise<void> {
  for (let round = 0; round < 11; round++) {
    const stream = { category: "account", id: `${round % 4}` }
    const tags = round % 2 === 0 ? ["even", "number"] : ["number"]
    const plain = { type: "counted", data: round }
    await store.append(
      stream,
      [{ ...plain, tags }, plain, { ...plain, tags: ["number"] }, { ...plain, type: "ended" }],
      {
        metadata: { correlationId: `request ${round % 3}` },
      },
    )
  }
}
