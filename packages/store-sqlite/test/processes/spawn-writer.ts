import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

export interface Writer {
  readonly process: ChildProcess
  /** Ids of events whose append was acknowledged, so far. */
  readonly acknowledged: readonly string[]
  /** Resolves when this many are acknowledged. */
  acknowledges(count: number): Promise<void>
  /** Resolves with the exit code, or `null` when it was killed. */
  readonly exited: Promise<number | null>
}

/** Starts a process that appends to a file. */
export function spawnWriter(file: string, writer: string, count: number): Writer {
  const program = fileURLToPath(new URL("append-until-done.ts", import.meta.url))
  const child = spawn(process.execPath, [program, file, writer, String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const acknowledged: string[] = []
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on("line", (id) => {
    acknowledged.push(id)
    for (const { count, resolve } of waiting) if (acknowledged.length >= count) resolve()
  })
  const ended = new Promise<void>((resolve) => lines.once("close", resolve))
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve))
  return {
    process: child,
    acknowledged,
    acknowledges: (count) =>
      Promise.race([
        new Promise<void>((resolve) => waiting.push({ count, resolve })),
        exited.then(() => {
          throw new Error(`writer ${writer} ended after ${acknowledged.length} events`)
        }),
      ]),
    exited: exited.then(async (code) => {
      await ended // what it printed last
      return code
    }),
  }
}
