import type { Goal } from "../report/goal.ts"
import type { Better } from "../report/row.ts"

/** One way to do a scenario's work, ready to be measured. Disposing lets go of its files. */
export interface Contestant extends Partial<AsyncDisposable> {
  /**
   * Does one round of the work and returns its value, in the scenario's unit; where the scenario has `more`, its own and then those. Only what is
   * compared may be timed.
   */
  round(): Promise<number | readonly number[]>
}

/** Who does the work. */
export interface Contestants {
  readonly ours: Contestant
  readonly bare?: Contestant
  readonly peers?: Readonly<Record<string, Contestant>>
}

/** What a scenario gets to work with. */
export interface Bench<Parameters> {
  readonly parameters: Parameters
  /** A path for a file or folder that doesn't exist yet, on a real disk; removed when the suite has ended. */
  newPath(name: string): string
  /** A line to print under the table. */
  note(line: string): void
}

/** One comparison. Its name is fixed, so that runs can be compared over time. */
export interface Scenario<Parameters> {
  readonly name: string
  readonly unit: string
  readonly better: Better
  readonly goals?: readonly Goal[]
  /** What else the same rounds tell, in the same unit; a row each. */
  readonly more?: readonly Pick<Scenario<Parameters>, "name" | "goals">[]
  /** How often each contestant takes its turn; the median counts. */
  rounds(parameters: Parameters): number
  /** How many turns come before them, that aren't counted. Default 1, or 0 where there is only one round. */
  warmUps?(parameters: Parameters): number
  /** Collects all garbage before each turn, where that of a long one would slow down the next. Short turns are slower after it. */
  readonly collectsGarbage?: boolean
  /** Prepares the contestants: opens files, fills them. */
  prepare(bench: Bench<Parameters>): Promise<Contestants>
}
