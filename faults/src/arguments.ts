import { parseArgs } from "node:util"

export interface FaultArguments {
  /** Names of suites, in the order given; all of them where none is given. */
  readonly suites: readonly string[]
  readonly rounds: number
  /** `undefined`: any. */
  readonly seed: number | undefined
  /** The file to write results to. */
  readonly json: string | undefined
}

/** What was asked for can't be done: the message says why. */
export class UsageError extends Error {}

const usage = "usage: pnpm faults [suite…] [--rounds N] [--seed S] [--json FILE]"
const defaultRounds = 10

/** Reads `[suite…] [--rounds N] [--seed S] [--json FILE]`. Throws a `UsageError` for anything else. */
export function parseArguments(args: readonly string[], known: readonly string[]): FaultArguments {
  const { values, positionals } = parse(args)
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new UsageError(
      `there is no suite ${unknown.map((name) => `"${name}"`).join(", ")}; there are: ${known.join(", ")}`,
    )
  }
  return {
    suites: positionals.length > 0 ? [...new Set(positionals)] : known,
    rounds: values.rounds === undefined ? defaultRounds : wholeNumber("rounds", values.rounds, 1),
    seed: values.seed === undefined ? undefined : wholeNumber("seed", values.seed, 0),
    json: values.json,
  }
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
  throw new UsageError(`--${option} must be a whole number from ${least}, not "${text}"\n${usage}`)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      // `pnpm faults -- sqlite` hands the dashes over.
      args: args.filter((argument, index) => index > 0 || argument !== "--"),
      options: { rounds: { type: "string" }, seed: { type: "string" }, json: { type: "string" } },
      allowPositionals: true,
    })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`)
  }
}
