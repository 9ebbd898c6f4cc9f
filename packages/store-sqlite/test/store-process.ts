import assert from "node:assert/strict"
import { type ChildProcess, fork, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { StoreProcessAnswer, StoreProcessCalls } from "./store-process-main.ts"

const main = fileURLToPath(new URL("./store-process-main.ts", import.meta.url))

/** Another process that uses the same file. */
export interface StoreProcess extends AsyncDisposable {
  call<Name extends keyof StoreProcessCalls>(
    name: Name,
    ...args: Parameters<StoreProcessCalls[Name]>
  ): Promise<Awaited<ReturnType<StoreProcessCalls[Name]>>>
  /** Ends it in the middle of whatever it does. */
  kill(): Promise<void>
}

/** Resolves when the process is ready to be called. */
export async function startStoreProcess(file: string): Promise<StoreProcess> {
  const child = fork(main, [file], { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] })
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  const pending = new Map<number, (answer: StoreProcessAnswer) => void>()
  const ready = Promise.withResolvers<void>()
  child.on("message", (message: StoreProcessAnswer | "ready") => {
    if (message === "ready") ready.resolve()
    else pending.get(message.call)?.(message)
  })
  void exited.then(() => {
    ready.reject(new Error("the process ended before it was ready"))
    for (const [call, answer] of pending) answer({ call, error: "the process ended" })
  })
  await ready.promise
  let calls = 0
  return {
    call: async (name, ...args) => {
      const call = ++calls
      const answer = await new Promise<StoreProcessAnswer>((resolve) => {
        pending.set(call, resolve)
        child.send({ call, name, args })
      })
      assert.equal(answer.error, undefined)
      return answer.result as never
    },
    kill: () => kill(child, exited),
    [Symbol.asyncDispose]: () => kill(child, exited),
  }
}

async function kill(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill("SIGKILL")
  await exited
}

/** What a program wrote, and how it ended. */
export interface EndedProgram {
  readonly output: string
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** Runs a module of the tests in a process of its own; `limits` are commands of the shell that go before it. */
export async function runProgram(
  module: string,
  args: readonly string[],
  limits = ":",
): Promise<EndedProgram> {
  const path = fileURLToPath(new URL(module, import.meta.url))
  const child = spawn("sh", ["-c", `${limits}; exec "$0" "$@"`, process.execPath, path, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (exitCode, signal) => resolve({ output, exitCode, signal }))
  })
}
