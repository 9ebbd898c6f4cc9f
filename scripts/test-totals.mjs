// Adds up what the packages' Vitest runs wrote. Turbo restores the files of runs that it takes from its cache.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { root } from "./pinned-pnpm.mjs"

const groups = ["packages", "examples"]
const singles = ["benchmarks", "docs", "faults", "scripts", "services"]

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
 * A package that wrote no results counts as one failure, and so does a test file that broke before its first test. What failed is
 * named in `problems`.
 * @param {{ folder: string, file: string }[]} files
 */
export function addUp(files, base = root) {
  /** @type {{ passed: number, failed: number, skipped: number, problems: string[] }} */
  const totals = { passed: 0, failed: 0, skipped: 0, problems: [] }
  for (const { folder, file } of files) {
    if (!existsSync(file)) {
      totals.failed += 1
      totals.problems.push(`${folder}: no test results were written`)
      continue
    }
    const results = JSON.parse(readFileSync(file, "utf8"))
    totals.passed += results.numPassedTests
    totals.failed += results.numFailedTests
    totals.skipped += results.numPendingTests + results.numTodoTests
    for (const { name, status, message, assertionResults } of results.testResults) {
      const failed = assertionResults.filter(isFailed)
      for (const { fullName, failureMessages } of failed) {
        totals.problems.push(`${folder}: ${fullName}\n  ${firstLine(failureMessages[0])}`)
      }
      if (status !== "failed" || failed.length > 0) continue
      totals.failed += 1
      totals.problems.push(`${relative(base, name)}\n  ${firstLine(message)}`)
    }
  }
  return totals
}

/** @param {{ status: string }} test */
function isFailed({ status }) {
  return status === "failed"
}

/** @param {string | undefined} message */
function firstLine(message) {
  return message?.split("\n", 1)[0] ?? ""
}

/** @param {{ passed: number, failed: number, skipped: number }} totals */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`
}
