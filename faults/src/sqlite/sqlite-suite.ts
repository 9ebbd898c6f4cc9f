import { fileURLToPath } from "node:url"
import type { FaultSuite } from "../harness/fault-suite.ts"
import type { Entries } from "../stores/play-round.ts"
import type { RoundPlan } from "../stores/round-plan.ts"
import { createStoreSuite } from "../stores/store-suite.ts"
import { planRound } from "./plan.ts"
import { openSqliteSites } from "./sqlite-sites.ts"

const entries: Entries = {
  writer: [fileURLToPath(new URL("./writer.ts", import.meta.url))],
  reader: [fileURLToPath(new URL("./reader.ts", import.meta.url))],
}

/** Several processes on one file; each round has a file of its own. */
export const sqliteSuite: FaultSuite = createSqliteSuite(entries, planRound)

/** The suite with other processes, or other plans: tests give it broken ones, which it must find out. */
export function createSqliteSuite(
  run: Entries,
  plan: (seed: number, round: number) => RoundPlan,
): FaultSuite {
  return createStoreSuite({ name: "sqlite", entries: run, plan, openSites: openSqliteSites })
}
