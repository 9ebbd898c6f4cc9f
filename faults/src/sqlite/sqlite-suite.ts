import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { checkRun } from "../check/check-run.ts"
import type { RunRecord } from "../check/run-record.ts"
import type { FaultRun, FaultSuite, RunOptions } from "../harness/fault-suite.ts"
import { planRound, type RoundPlan } from "./plan.ts"
import { type Entries, playRound } from "./round.ts"

/** A round takes some seconds; on a machine that does much else, many more. */
const roundTimeoutMs = 240_000

const entries: Entries = {
  writer: fileURLToPath(new URL("./writer.ts", import.meta.url)),
  reader: fileURLToPath(new URL("./reader.ts", import.meta.url)),
}

/** Several processes on one file; each round has a file of its own. */
export const sqliteSuite: FaultSuite = createSqliteSuite(entries, planRound)

/** The suite with other processes, or other plans: tests give it broken ones, which it must find out. */
export function createSqliteSuite(
  run: Entries,
  plan: (seed: number, round: number) => RoundPlan,
): FaultSuite {
  const name = "sqlite"
  return {
    name,
    async run({ seed, rounds, folder, signal, progress }: RunOptions): Promise<FaultRun> {
      const sum = { faults: 0, acknowledged: 0, lost: 0, doubled: 0, skipped: 0, disordered: 0 }
      const lines: string[] = []
      for (let round = 1; round <= rounds; round++) {
        const planned = plan(seed, round)
        const record = await playRound(planned, {
          file: join(folder, `round-${round}.db`),
          entries: run,
          timeoutMs: roundTimeoutMs,
          ...(signal !== undefined && { signal }),
        })
        const findings = checkRun(record)
        sum.faults += faultsOf(planned)
        sum.acknowledged += acknowledgedIn(record)
        for (const [kind, count] of Object.entries(findings.counts))
          sum[kind as keyof typeof findings.counts] += count
        lines.push(...findings.lines.map((line) => `round ${round}: ${line}`))
        progress?.(round)
      }
      return { result: { suite: name, seed, rounds, ...sum }, findings: lines }
    },
  }
}

/** A round doesn't end before each has struck. */
function faultsOf({ writers, readers }: RoundPlan): number {
  return [...writers, ...readers].reduce((sum, { faults }) => sum + faults.length, 0)
}

function acknowledgedIn({ appends }: RunRecord): number {
  return appends
    .filter(({ outcome }) => outcome === "acknowledged")
    .reduce((sum, { facts }) => sum + facts.length, 0)
}
