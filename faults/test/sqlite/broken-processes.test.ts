import { WorkFolder } from "../../src/harness/work-folder.ts"
import { createSqliteSuite } from "../../src/sqlite/sqlite-suite.ts"
import { findsOut } from "../stores/broken-processes.ts"

findsOut("sqlite", async (entries, plan) => {
  using folder = new WorkFolder()
  const suite = createSqliteSuite(entries, () => plan)
  return (await suite.run({ seed: 1, rounds: 1, folder: folder.path })).result
})
