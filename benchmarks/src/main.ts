// pnpm bench [suite…] [--quick] [--json FILE]
import { writeFileSync } from "node:fs"
import { startServices } from "@annals/services"
import { type BenchArguments, parseArguments, UsageError } from "./arguments.ts"
import { runSuite } from "./harness/run-suite.ts"
import type { Suite } from "./harness/suite.ts"
import { describeMachine } from "./report/describe-machine.ts"
import { resultTable } from "./report/result-table.ts"
import type { Row } from "./report/row.ts"
import { suites } from "./suites/suites.ts"

async function run({ suites: names, quick, json }: BenchArguments): Promise<void> {
  console.log(describeMachine().join("\n"))
  const rows: Row[] = []
  for (const name of names) {
    rows.push(...(await runAndPrint(suites.find((suite) => suite.name === name) as Suite, quick)))
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, undefined, 2)}\n`)
  }
}

async function runAndPrint(suite: Suite, quick: boolean): Promise<Row[]> {
  const size = quick ? "quick" : "full"
  const parameters = Object.entries(suite.parameters[size] as Record<string, number>)
  console.log(`\n${suite.name}${quick ? " (--quick: less data, same meaning)" : ""}`)
  console.log(
    `parameters  ${parameters.map(([name, value]) => `${name} ${value.toLocaleString("en")}`).join(", ")}`,
  )
  for (const line of suite.conditions) console.log(`conditions  ${line}`)
  if (suite.services) await startServices(suite.services)
  if (suite.describeServices) console.log(`services    ${await suite.describeServices()}`)
  const start = performance.now()
  const { results, notes } = await runSuite(suite, size, (scenario) =>
    process.stderr.write(`  ${scenario}…\n`),
  )
  console.log(`\n${resultTable(results)}`)
  for (const note of notes) console.log(`note  ${note}`)
  console.log(`took ${((performance.now() - start) / 1000).toFixed(0)} s`)
  return results.map(({ row }) => row)
}

try {
  await run(
    parseArguments(
      process.argv.slice(2),
      suites.map(({ name }) => name),
    ),
  )
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  // Not left to Node: a peer takes over uncaught errors as soon as it is imported.
  process.exitCode = error instanceof UsageError ? 2 : 1
}
