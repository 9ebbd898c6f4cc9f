import { usingService } from "@annals/services"
import { expect, it } from "vitest"
import { ConditionalEventTables } from "../../../src/bare/postgres/conditional-event-tables.ts"
import { openDatabase } from "./open-database.ts"

const timeout = 60_000
const event = (...tags: string[]) => ({ type: "deposited", data: {}, metadata: {}, tags })

usingService("postgres", () => {
  it("refuses an append after which something matching was recorded, and no other", { timeout }, async () => {
    await using pool = await openDatabase("condition")
    const tables = new ConditionalEventTables(pool)
    await tables.create()
    const first = await tables.append("account", "alice", event("a"), 0)
    await expect(tables.append("account", "alice", event("a"), 0)).rejects.toThrow("condition failed")
    await tables.append("account", "bob", event("b"), 0)
    await tables.append("account", "alice", { ...event("a"), type: "withdrawn" }, 0)
    await tables.append("account", "alice", event("a", "b"), 0)
    await expect(tables.append("account", "alice", event("a"), first)).rejects.toThrow("condition failed")
    const { rows } = await pool.query("SELECT version FROM streams ORDER BY id")
    expect(rows).toEqual([{ version: 3 }, { version: 1 }])
  })

  it("lets one of several at a time succeed", { timeout }, async () => {
    await using pool = await openDatabase("race")
    const tables = new ConditionalEventTables(pool)
    await tables.create()
    const appends = Array.from({ length: 20 }, (_, index) =>
      tables.append("account", `${index}`, event("a"), 0),
    )
    const outcomes = await Promise.allSettled(appends)
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
  })
})
