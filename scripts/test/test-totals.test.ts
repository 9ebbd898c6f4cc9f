import { describe, expect, it } from "vitest"
import { addUp, resultFiles, summaryLine } from "../test-totals.mjs"
import { temporaryWorkspace } from "./temporary-workspace.ts"

const results = (
  passed: number,
  failed: number,
  pending: number,
  todo: number,
  testResults: unknown[] = [],
) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: pending,
  numTodoTests: todo,
  testResults,
})
const tested = { scripts: { test: "vitest run" } }

function totals(files: Readonly<Record<string, string | object>>) {
  using workspace = temporaryWorkspace(files)
  return addUp(resultFiles(workspace.root), workspace.root)
}

describe("the closing line of npm test", () => {
  it("adds up all packages", () => {
    const sum = totals({
      "packages/a/package.json": tested,
      "packages/a/.vitest/results.json": results(3, 1, 1, 0),
      "examples/b/package.json": tested,
      "examples/b/.vitest/results.json": results(2, 0, 0, 1),
      "scripts/package.json": {},
    })
    expect(summaryLine(sum)).toBe("5 passed, 1 failed, 2 skipped")
  })

  it("leaves out what was not skipped", () => {
    expect(summaryLine({ passed: 1, failed: 0, skipped: 0 })).toBe("1 passed, 0 failed")
  })

  it("counts a package that wrote no results as a failure, and names it", () => {
    const sum = totals({ "packages/a/package.json": tested })
    expect(sum).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
      problems: ["packages/a: no test results were written"],
    })
  })

  it("counts a test file that broke before its first test, and names all that failed", () => {
    const broken = {
      name: "packages/a/test/b.test.ts",
      status: "failed",
      message: "no such module",
      assertionResults: [],
    }
    const test = { status: "failed", fullName: "adds up", failureMessages: ["Error: expected 2\n    at sum"] }
    const counted = { status: "failed", assertionResults: [test, { status: "passed" }] }
    const sum = totals({
      "packages/a/package.json": tested,
      "packages/a/.vitest/results.json": results(0, 1, 0, 0, [broken, counted]),
    })
    expect(sum.failed).toBe(2)
    expect(sum.problems).toEqual([
      expect.stringMatching(/packages\/a\/test\/b\.test\.ts\n {2}no such module$/),
      "packages/a: adds up\n  Error: expected 2",
    ])
  })
})
