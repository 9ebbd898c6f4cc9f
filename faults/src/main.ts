// pnpm faults [suite…] [--rounds N] [--seed S] [--json FILE]
import { randomInt } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { constants } from "node:os"
import { join } from "node:path"
import { type FaultArguments, parseArguments, UsageError } from "./arguments.ts"
import { type FaultResult, type FaultSuite, isClean } from "./harness/fault-suite.ts"
import { WorkFolder } from "./harness/work-folder.ts"
import { suites } from "./suites.ts"

/** Whether everything is as it should be. */
async function run(
  { suites: names, rounds, seed, json }: FaultArguments,
  signal: AbortSignal,
): Promise<boolean> {
  const chosen = seed ?? randomInt(2 ** 32)
  const results: FaultResult[] = []
  for (const name of names) {
    results.push(
      await runAndPrint(suites.find((suite) => suite.name === name) as FaultSuite, chosen, rounds, signal),
    )
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, undefined, 2)}\n`)
  }
  return results.every(isClean)
}

async function runAndPrint(
  suite: FaultSuite,
  seed: number,
  rounds: number,
  signal: AbortSignal,
): Promise<FaultResult> {
  process.stderr.write(`${suite.name}: seed ${seed}, ${rounds} rounds\n`)
  using work = new WorkFolder()
  const folder = join(work.path, suite.name)
  mkdirSync(folder)
  const progress = (round: number) => process.stderr.write(`  round ${round} of ${rounds}\n`)
  try {
    const { result, findings } = await suite.run({ seed, rounds, folder, signal, progress })
    if (!isClean(result)) keep(work, findings)
    console.log(JSON.stringify(result))
    return result
  } catch (error) {
    if (!signal.aborted) keep(work, [])
    throw error
  }
}

/** When a writer is killed "in the middle", the middle is never the same twice: what went wrong may not come again. */
function keep(work: WorkFolder, findings: readonly string[]): void {
  work.keep()
  for (const finding of findings) console.error(finding)
  console.error(`its files are kept in ${work.path}`)
}

const interrupted = new AbortController()
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(name, () => {
    // The run ends its processes, removes its files, and then there is nothing left to wait for.
    process.exitCode = 128 + constants.signals[name]
    interrupted.abort(new Error(`interrupted by ${name}`))
  })
}

try {
  const names = suites.map(({ name }) => name)
  const clean = await run(parseArguments(process.argv.slice(2), names), interrupted.signal)
  if (!clean) process.exitCode = 1
} catch (error) {
  console.error(error instanceof UsageError || interrupted.signal.aborted ? (error as Error).message : error)
  process.exitCode ??= error instanceof UsageError ? 2 : 1
}
