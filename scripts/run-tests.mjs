// `npm test`: installs, checks, starts the services, runs every package's tests and closes with their sum. The checks
// decide the exit code with the tests, but only tests are counted.
import { rmSync } from "node:fs"
import { install, pnpm, pnpmInBackground } from "./pinned-pnpm.mjs"
import { addUp, resultFiles, summaryLine } from "./test-totals.mjs"
import { usableServices } from "./usable-services.mjs"

install()
const found = usableServices()
// Beside the checks, which need none of them: most of a start is waiting.
const starting = pnpmInBackground(["run", "--silent", "services"])
const checks = pnpm(["run", "check"])
const services = await starting
if (services.code !== 0) {
  console.log(
    `Some services don't run, so the tests that need them ${process.env.CI ? "fail" : "are skipped"}.`,
  )
  console.log(services.output)
}

// A run that dies before it writes its results must not be counted by those of the run before.
for (const { file } of resultFiles()) rmSync(file, { force: true })
const tests = pnpm(["run", "test:packages"])

// Those that ran before are somebody's who still works with them.
const started = usableServices().filter((name) => !found.includes(name))
if (started.length > 0) pnpm(["run", "--silent", "services", "down", ...started])

const totals = addUp(resultFiles())
// Again, at the end: what failed is far up in the output, and a log may be cut.
for (const problem of totals.problems) console.log(`FAILED ${problem}`)
if (checks !== 0) console.log("pnpm check failed: see above")
console.log(summaryLine(totals))
const servicesAreFine = services.code === 0 || !process.env.CI
process.exit(
  servicesAreFine && checks === 0 && tests === 0 && totals.failed === 0 && totals.passed > 0 ? 0 : 1,
)
