import type { Size } from "../../harness/suite.ts"

/** How much each scenario does. */
export type TelemetryParameters = {
  /** Pairs of turns, with an observer and without: many and short, so that most of them are disturbed by nothing. */
  readonly pairs: number
  /** Pairs before them that aren't counted: until V8 has compiled what runs. */
  readonly warmUps: number
  /** Commands in a turn. */
  readonly commands: number
  /** Streams that they go to. */
  readonly streams: number
  /** Turns of each contestant in append-on, as many and short. */
  readonly appendRounds: number
  /** Turns before them that aren't counted: some ten thousand calls, until V8 has compiled what runs. */
  readonly appendWarmUps: number
  /** Single appends in a turn. */
  readonly singleAppends: number
}

const full: TelemetryParameters = {
  pairs: 4_000,
  warmUps: 400,
  commands: 50,
  streams: 5,
  appendRounds: 2_000,
  appendWarmUps: 1_500,
  singleAppends: 10,
}

export const telemetryParameters: Readonly<Record<Size, TelemetryParameters>> = {
  full,
  quick: { ...full, pairs: 1_000, appendRounds: 600, appendWarmUps: 1_000 },
  tiny: {
    pairs: 1,
    warmUps: 0,
    commands: 20,
    streams: 5,
    appendRounds: 1,
    appendWarmUps: 0,
    singleAppends: 4,
  },
}
