import type { Size } from "../../harness/suite.ts"

/** How much each scenario does. */
export type CoreParameters = {
  /** Processes started for import, of each contestant. */
  readonly imports: number
  /** Turns of each contestant in fold and execute. */
  readonly rounds: number
  /** Events folded in a turn. */
  readonly foldedEvents: number
  /** Commands executed in a turn. */
  readonly commands: number
  /** Streams that they go to, in turns; each gets new streams. */
  readonly streams: number
}

export const coreParameters: Readonly<Record<Size, CoreParameters>> = {
  full: { imports: 21, rounds: 15, foldedEvents: 1_000_000, commands: 20_000, streams: 1_000 },
  quick: { imports: 9, rounds: 7, foldedEvents: 200_000, commands: 10_000, streams: 500 },
  tiny: { imports: 1, rounds: 1, foldedEvents: 100, commands: 20, streams: 5 },
}
