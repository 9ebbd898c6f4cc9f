import { fileURLToPath } from "node:url"
import type { FaultSuite } from "../harness/fault-suite.ts"
import type { Entries } from "../stores/play-round.ts"
import { createStoreSuite } from "../stores/store-suite.ts"
import { planRound } from "./plan.ts"
import { openPostgresSites } from "./postgres-sites.ts"

const entries: Entries = {
  writer: [fileURLToPath(new URL("./writer.ts", import.meta.url))],
  reader: [fileURLToPath(new URL("./reader.ts", import.meta.url))],
}

/** Several processes on one server; each round has a schema of its own. */
export const postgresSuite: FaultSuite = createStoreSuite({
  name: "postgres",
  entries,
  plan: planRound,
  openSites: openPostgresSites,
})
