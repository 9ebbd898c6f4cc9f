import { checkRun } from "../check/check-run.ts"
import type { RunRecord } from "../check/run-record.ts"
import type { FaultRun, FaultSuite, RunOptions } from "../harness/fault-suite.ts"
import { type Entries, playRound } from "./play-round.ts"
import type { RoundPlan } from "./round-plan.ts"
import type { Sites } from "./site.ts"

/** A round takes some seconds; on a machine that does much else, many more. */
const roundTimeoutMs = 240_000

export interface StoreSuiteOptions {
  readonly name: string
  readonly entries: Entries
  readonly plan: (seed: number, round: number) => RoundPlan
  /** Where rounds take place; `folder` is theirs. */
  readonly openSites: (folder: string) => Promise<Sites>
}

/** Several processes on one store, round after round, each at a site of its own. */
export function createStoreSuite({ name, entries, plan, openSites }: StoreSuiteOptions): FaultSuite {
  return {
    name,
    async run({ seed, rounds, folder, signal, progress }: RunOptions): Promise<FaultRun> {
      const sum = { faults: 0, acknowledged: 0, lost: 0, doubled: 0, skipped: 0, disordered: 0 }
      const lines: string[] = []
      await using sites = await openSites(folder)
      for (let round = 1; round <= rounds; round++) {
        signal?.throwIfAborted()
        const planned = plan(seed, round)
        await using site = await sites.create(round)
        const record = await playRound(planned, {
          site,
          entries,
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
function faultsOf({ writers, readers, siteFaults }: RoundPlan): number {
  return [...writers, ...readers].reduce((sum, { faults }) => sum + faults.length, siteFaults.length)
}

function acknowledgedIn({ appends }: RunRecord): number {
  return appends
    .filter(({ outcome }) => outcome === "acknowledged")
    .reduce((sum, { facts }) => sum + facts.length, 0)
}
