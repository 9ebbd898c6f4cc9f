import { join } from "node:path"
import { isAnnalsError } from "@annals/core"
import { runApplication } from "./application.ts"
import { Problem } from "./problem.ts"
import { createProgressBar } from "./terminal/progress-bar.ts"
import { createStyle, showsColour } from "./terminal/style.ts"

const { stdout, stderr, env } = process
const exampleFolder = join(import.meta.dirname, "..")
const widest = 110
const exitCodes = { done: 0, interrupted: 130 } as const

const interruption = new AbortController()
// Once: a second Ctrl-C ends the process on the spot.
process.once("SIGINT", () => interruption.abort())
process.once("SIGTERM", () => interruption.abort())
// `npm run demo | head` closes the pipe before everything is written.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
  process.exit(0)
})

try {
  const outcome = await runApplication(process.argv.slice(2), {
    folder: env.INIT_CWD ?? process.cwd(),
    defaultRepository: exampleFolder,
    dataFolder: join(exampleFolder, ".annals"),
    page: { width: Math.min(stdout.columns ?? widest, widest), style: createStyle(showsColour(stdout, env)) },
    print: (line) => void stdout.write(`${line}\n`),
    startProgress: () =>
      createProgressBar({
        output: stderr,
        style: createStyle(showsColour(stderr, env)),
        now: () => performance.now(),
      }),
    now: () => performance.now(),
    signal: interruption.signal,
  })
  process.exitCode = exitCodes[outcome]
} catch (error) {
  if (error instanceof Problem) stderr.write(`${error.message}\n`)
  else if (isAnnalsError(error)) stderr.write(`${error.message} (${error.code})\n`)
  else throw error
  process.exitCode = 1
}
