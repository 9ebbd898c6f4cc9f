// Adds up what the packages' Vitest runs wrote. Turbo restores the files of runs that it takes from its cache.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { root } from "./pinned-pnpm.mjs"

const groups = ["packages", "examples"]
const singles = ["benchmarks", "docs", "faults", "scripts"]

/** The results file of every package with a `test` script. @returns {{ folder: string, file: string }[]} */
export function resultFiles(base = root) {
  const folders = groups
    .flatMap((group) =>
      existsSync(join(base, group))
        ? readdirSync(join(base, group)).map((name) => join(base, group, name))
        : [],
    )
    .concat(singles.map((name) => join(base, name)))
  return folders
    .filter((folder) => {
      const manifest = join(folder, "package.json")
      return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).scripts?.test !== undefined
    })
    .map((folder) => ({ folder: relative(base, folder), file: join(folder, ".vitest", "results.json") }))
}

/**
 * A package that wrote no results counts as one failure, and so does a test file that broke before its first test.
 * @param {{ folder: string, file: string }[]} files
 */
export function addUp(files) {
  /** @type {{ passed: number, failed: number, skipped: number, silent: string[] }} */
  const totals = { passed: 0, failed: 0, skipped: 0, silent: [] }
  for (const { folder, file } of files) {
    if (!existsSync(file)) {
      totals.failed += 1
      totals.silent.push(folder)
      continue
    }
    const results = JSON.parse(readFileSync(file, "utf8"))
    totals.passed += results.numPassedTests
    totals.failed += results.numFailedTests
    totals.skipped += results.numPendingTests + results.numTodoTests
    for (const { status, assertionResults } of results.testResults) {
      const reported = assertionResults.some(
        (/** @type {{ status: string }} */ test) => test.status === "failed",
      )
      if (status === "failed" && !reported) totals.failed += 1
    }
  }
  return totals
}

/** @param {{ passed: number, failed: number, skipped: number }} totals */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`
}
