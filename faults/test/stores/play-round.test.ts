import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { WorkFolder } from "../../src/harness/work-folder.ts"
import { openSqliteSites } from "../../src/sqlite/sqlite-sites.ts"
import { type Entries, playRound } from "../../src/stores/play-round.ts"
import { operation, smallPlan } from "./small-plan.ts"

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const plan = smallPlan({ operations: [[operation("note", "w0.0.0")]] })
const entries: Entries = {
  writer: [file("fixtures/hanging-writer.ts"), "sqlite"],
  reader: [file("../../src/sqlite/reader.ts")],
}

it("gives up a round that doesn't end, and says where it stood", { timeout: 60_000 }, async () => {
  using folder = new WorkFolder()
  await using sites = await openSqliteSites(folder.path)
  const round = playRound(plan, { site: await sites.create(1, plan), entries, timeoutMs: 500 })
  await expect(round).rejects.toThrow(/didn't end within 500 ms:\n {2}w0: 0 settled/)
})

it("ends a round when it is told to", { timeout: 60_000 }, async () => {
  using folder = new WorkFolder()
  await using sites = await openSqliteSites(folder.path)
  const stop = new AbortController()
  const options = { site: await sites.create(1, plan), entries, timeoutMs: 60_000, signal: stop.signal }
  const round = playRound(plan, options)
  stop.abort(new Error("told to"))
  await expect(round).rejects.toThrow("told to")
})

it("gives up a round whose faults need a server where there is none", { timeout: 60_000 }, async () => {
  using folder = new WorkFolder()
  await using sites = await openSqliteSites(folder.path)
  const lossy = smallPlan({
    operations: [[operation("note", "w0.0.0")]],
    faults: [{ kind: "lose-answer", operation: "w0.0.0" }],
  })
  const round = playRound(lossy, { site: await sites.create(1, plan), entries, timeoutMs: 60_000 })
  await expect(round).rejects.toThrow("lose-answer needs a server")
})
