/** A kind of run: what is driven, and with which faults. */
export interface FaultSuite {
  readonly name: string
  /** Rejects where a run couldn't come to its end: that is a failure too, and never a clean result. */
  run(options: RunOptions): Promise<FaultRun>
}

export interface RunOptions {
  readonly seed: number
  readonly rounds: number
  /** An empty folder for what the run writes. */
  readonly folder: string
  /** Ends the run early: all its processes are killed, and it rejects. */
  readonly signal?: AbortSignal
  /** Called when a round has ended. */
  readonly progress?: (round: number) => void
}

export interface FaultRun {
  readonly result: FaultResult
  /** What is wrong, a line each, for people. Empty in a clean run. */
  readonly findings: readonly string[]
}

/** What is printed and written. Fixed by the design, so that runs can be compared over time. */
export interface FaultResult {
  readonly suite: string
  readonly seed: number
  readonly rounds: number
  /** Faults injected. */
  readonly faults: number
  /** Events whose append was acknowledged. */
  readonly acknowledged: number
  /** Acknowledged or seen, and not stored; or stored in part. */
  readonly lost: number
  /** Stored, seen or in effect more often than it should be. */
  readonly doubled: number
  /** Stored, and never seen by a reader that went past it. */
  readonly skipped: number
  /** Stored or seen in another order than promised. */
  readonly disordered: number
}

/** Whether nothing is wrong. */
export function isClean({ lost, doubled, skipped, disordered }: FaultResult): boolean {
  return lost + doubled + skipped + disordered === 0
}
