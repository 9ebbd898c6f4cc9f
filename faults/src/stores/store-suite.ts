import { checkRun } from "../check/check-run.ts"
import type { RunRecord } from "../check/run-record.ts"
import { runRounds } from "../check/run-rounds.ts"
import { type FaultRun, type FaultSuite, isClean, type RunOptions } from "../harness/fault-suite.ts"
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
    async run(options: RunOptions): Promise<FaultRun> {
      await using sites = await openSites(options.folder)
      const run = await runRounds(name, options, async (round) => {
        const planned = plan(options.seed, round)
        const record = await playAt(sites, round, planned, entries, options.signal)
        return { faults: faultsOf(planned), appends: record.appends, findings: checkRun(record) }
      })
      if (!isClean(run.result)) sites.keep()
      return run
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
