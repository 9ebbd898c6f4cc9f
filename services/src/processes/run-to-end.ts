import { spawn } from "node:child_process"
import { ServiceError } from "../service-error.ts"
import { lastLines } from "./last-lines.ts"

export interface RunOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly uid?: number
  readonly gid?: number
  /** Milliseconds. */
  readonly timeout?: number
  /** Windows starts `npm` and `mvn`, which are scripts there, only by its shell. */
  readonly viaShell?: boolean
}

/** Runs a program and returns what it wrote. An exit code other than 0 rejects with the end of its output. */
export async function runToEnd(options: RunOptions): Promise<string> {
  const { program, args, env, viaShell, ...rest } = options
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(program, args, {
    ...rest,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    shell: viaShell === true && process.platform === "win32",
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
  }
  child.once("error", (cause) => reject(new ServiceError(`${program} can't be started`, { cause })))
  child.once("close", (code, signal) => {
    if (code === 0) resolve(output)
    else
      reject(
        new ServiceError(`${program} ${args[0] ?? ""} ended with ${code ?? signal}:\n${lastLines(output)}`),
      )
  })
  return promise
}
