import type { FaultRun, RunOptions } from "../harness/fault-suite.ts"
import { type Findings, findingKinds } from "./findings.ts"
import type { AppendRecord } from "./run-record.ts"

/** What came of a round. */
export interface RoundResult {
  /** Faults injected. */
  readonly faults: number
  readonly appends: readonly AppendRecord[]
  readonly findings: Findings
}

/** Plays round after round, and adds up what came of them. */
export async function runRounds(
  suite: string,
  { seed, rounds, signal, progress }: Omit<RunOptions, "folder">,
  play: (round: number) => Promise<RoundResult>,
): Promise<FaultRun> {
  const counts = { faults: 0, acknowledged: 0, lost: 0, doubled: 0, skipped: 0, disordered: 0 }
  const lines: string[] = []
  for (let round = 1; round <= rounds; round++) {
    signal?.throwIfAborted()
    const { faults, appends, findings } = await play(round)
    counts.faults += faults
    counts.acknowledged += acknowledgedIn(appends)
    for (const kind of findingKinds) counts[kind] += findings.counts[kind]
    lines.push(...findings.lines.map((line) => `round ${round}: ${line}`))
    progress?.(round)
  }
  return { result: { suite, seed, rounds, ...counts }, findings: lines }
}

function acknowledgedIn(appends: readonly AppendRecord[]): number {
  return appends
    .filter(({ outcome }) => outcome === "acknowledged")
    .reduce((sum, { facts }) => sum + facts.length, 0)
}
