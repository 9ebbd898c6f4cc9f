import { parseArgs } from "node:util"
import { Problem } from "./problem.ts"

/** What the user asked for. */
export interface Options {
  /** The repository, or a folder in it. Default: the repository that this example is part of. */
  readonly path?: string
  /** Where the events are kept. Default: a file for each repository, in the example's folder `.annals`. */
  readonly database?: string
  /** Epoch milliseconds: list the files as they were then, instead of the report. */
  readonly at?: number
  /** Tell the story of this file, instead of the report. */
  readonly file?: string
  readonly help: boolean
}

export const usage = `Records the history of a git repository as events, and answers questions about it.

  npm run demo -- [PATH] [options]

  PATH              a git repository, or a folder in one; default: this one
  --at DATE         list the files as they were at a date, such as 2024-05-01 or 2024-05-01T12:30Z
  --file FILE       tell the story of a file; its path is from the top of the repository
  --database FILE   where to keep the events; default: a file for each repository, in examples/git-history/.annals
  --help            this text

What was recorded before isn't recorded again. An import that was interrupted goes on where it ended.`

/** Understands the command line. Throws a `Problem` where it can't. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args)
  const [path, ...others] = positionals
  if (others.length > 0)
    throw new Problem(`one repository at a time: what is "${others.join(" ")}"? Try --help`)
  return {
    ...(path !== undefined && { path }),
    ...(values.database !== undefined && { database: values.database }),
    ...(values.at !== undefined && { at: parseDate(values.at) }),
    ...(values.file !== undefined && { file: values.file }),
    help: values.help,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        at: { type: "string" },
        database: { type: "string" },
        file: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Problem(`${message.split(/[.\n]/)[0]}: try --help`, { cause: error })
  }
}

const date = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?$/
const millisecondsPerDay = 24 * 60 * 60 * 1000

/** In UTC unless it says otherwise. A day means its end: everything that was committed on it is in. */
function parseDate(text: string): number {
  const [, day = "", time, , , zone] = date.exec(text) ?? []
  const start = Date.parse(time === undefined ? text : zone === undefined ? `${text}Z` : text)
  // Date.parse takes the 31st of February for the 2nd of March.
  const exists = !Number.isNaN(start) && new Date(`${day}T00:00Z`).toISOString().startsWith(day)
  if (day === "" || !exists || (zone !== undefined && time === undefined)) {
    throw new Problem(`--at ${text} is no date: write 2024-05-01 or 2024-05-01T12:30Z`)
  }
  return time === undefined ? start + millisecondsPerDay - 1 : start
}
