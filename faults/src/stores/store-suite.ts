import { checkRun } from "../check/check-run.ts"
import { findingKinds } from "../check/findings.ts"
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
      await using sites = await openSites(folder)
      const counts = { faults: 0, acknowledged: 0, lost: 0, doubled: 0, skipped: 0, disordered: 0 }
      const lines: string[] = []
      for (let round = 1; round <= rounds; round++) {
        signal?.throwIfAborted()
        const planned = plan(seed, round)
        const record = await playAt(sites, round, planned, entries, signal)
        const findings = checkRun(record)
        counts.faults += faultsOf(planned)
        counts.acknowledged += acknowledgedIn(record)
        for (const kind of findingKinds) counts[kind] += findings.counts[kind]
        lines.push(...findings.lines.map((line) => `round ${round}: ${line}`))
        progress?.(round)
      }
      if (lines.length > 0) sites.keep()
      return { result: { suite: name, seed, rounds, ...counts }, findings: lines }
    },
  }
}

async function playAt(
  sites: Sites,
  round: number,
  plan: RoundPlan,
  entries: Entries,
  signal: AbortSignal | undefined,
): Promise<RunRecord> {
  try {
    await using site = await sites.create(round, plan)
    return await playRound(plan, {
      site,
      entries,
      timeoutMs: roundTimeoutMs,
      ...(signal !== undefined && { signal }),
    })
  } catch (error) {
    if (signal?.aborted !== true) sites.keep()
    throw error
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
