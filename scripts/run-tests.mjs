// `npm test`: installs, checks, runs every package's tests and closes with their sum. The checks decide the exit
// code with the tests, but only tests are counted.
import { rmSync } from "node:fs"
import { install, pnpm } from "./pinned-pnpm.mjs"
import { addUp, resultFiles, summaryLine } from "./test-totals.mjs"

install()
const checks = pnpm(["run", "check"])

// A run that dies before it writes its results must not be counted by those of the run before.
for (const { file } of resultFiles()) rmSync(file, { force: true })
const tests = pnpm(["run", "test:packages"])

const totals = addUp(resultFiles())
// Again, at the end: what failed is far up in the output, and a log may be cut.
for (const problem of totals.problems) console.log(`FAILED ${problem}`)
if (checks !== 0) console.log("pnpm check failed: see above")
console.log(summaryLine(totals))
process.exit(checks === 0 && tests === 0 && totals.failed === 0 && totals.passed > 0 ? 0 : 1)
