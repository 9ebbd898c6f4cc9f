import { parseArgs } from "node:util"

export interface BenchArguments {
  /** Names of suites, in the order given; all of them where none is given. */
  readonly suites: readonly string[]
  readonly quick: boolean
  /** The file to write rows to. */
  readonly json: string | undefined
}

/** What was asked for can't be done: the message says why. */
export class UsageError extends Error {}

/** Reads `[suite…] [--quick] [--json FILE]`. Throws a `UsageError` for anything else. */
export function parseArguments(args: readonly string[], known: readonly string[]): BenchArguments {
  const { values, positionals } = parse(args)
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new UsageError(
      `there is no suite ${unknown.map((name) => `"${name}"`).join(", ")}; there are: ${known.join(", ")}`,
    )
  }
  return {
    suites: positionals.length > 0 ? [...new Set(positionals)] : known,
    quick: values.quick ?? false,
    json: values.json,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      // `pnpm bench -- sqlite` hands the dashes over.
      args: args.filter((argument, index) => index > 0 || argument !== "--"),
      options: { quick: { type: "boolean" }, json: { type: "string" } },
      allowPositionals: true,
    })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nusage: pnpm bench [suite…] [--quick] [--json FILE]`)
  }
}
