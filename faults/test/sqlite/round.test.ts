import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { WorkFolder } from "../../src/harness/work-folder.ts"
import { playRound } from "../../src/sqlite/round.ts"
import { operation, smallPlan } from "./small-plan.ts"

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const plan = smallPlan({ operations: [[operation("note", "w0.0.0")]] })
const entries = {
  writer: file("fixtures/hanging-writer.ts"),
  reader: file("../../src/sqlite/reader.ts"),
}

it("gives up a round that doesn't end, and says where it stood", { timeout: 60_000 }, async () => {
  using folder = new WorkFolder()
  const round = playRound(plan, { file: join(folder.path, "hangs.db"), entries, timeoutMs: 500 })
  await expect(round).rejects.toThrow(/didn't end within 500 ms:\n {2}w0: 0 settled/)
})

it("ends a round when it is told to", { timeout: 60_000 }, async () => {
  using folder = new WorkFolder()
  const stop = new AbortController()
  const options = { file: join(folder.path, "told.db"), entries, timeoutMs: 60_000, signal: stop.signal }
  const round = playRound(plan, options)
  stop.abort(new Error("told to"))
  await expect(round).rejects.toThrow("told to")
})
