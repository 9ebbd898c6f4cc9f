import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

/** What a program wrote, and how it ended. */
export interface EndedProgram {
  readonly output: string
  /** `null`: it was killed. */
  readonly exitCode: number | null
}

/** Runs a program of this folder to its end, or kills it when it doesn't come to one. `limits`: commands of the shell that come before it. */
export async function runProgram(name: string, args: readonly string[], limits = ":"): Promise<EndedProgram> {
  const program = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn("sh", ["-c", `${limits}; exec "$0" "$@"`, process.execPath, program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 45_000,
    killSignal: "SIGKILL",
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (exitCode) => resolve({ output, exitCode }))
  })
}
