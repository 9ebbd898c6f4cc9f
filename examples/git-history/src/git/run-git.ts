import { type ChildProcess, spawn } from "node:child_process"
import type { Writable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { Problem } from "../problem.ts"

/** A git that answers piece by piece. */
export interface RunningGit {
  readonly output: AsyncIterable<Buffer>
  /** Rejects with a `Problem` unless git ended well. */
  readonly done: Promise<void>
}

/** What a git command may take besides its arguments. */
export interface GitOptions {
  /** Lines for its input; read as fast as git takes them. */
  readonly input?: Iterable<string>
  readonly signal?: AbortSignal
}

/** Starts git in a folder. There is no shell in between, so that no name can mean anything else than itself. */
export function startGit(folder: string, args: readonly string[], options: GitOptions = {}): RunningGit {
  const child = spawn("git", ["-C", folder, ...args], {
    env: gitEnvironment(process.env),
    stdio: [options.input ? "pipe" : "ignore", "pipe", "pipe"],
    ...(options.signal && { signal: options.signal }),
  })
  const fed = options.input && child.stdin ? feed(child.stdin, options.input) : Promise.resolve()
  const done = Promise.all([ended(child, args), fed]).then(() => {})
  done.catch(() => {}) // whoever reads the output first awaits this afterwards
  return { output: child.stdout as AsyncIterable<Buffer>, done }
}

/** Runs a git command whose answer is short. */
export async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { output, done } = startGit(folder, args)
  const chunks: Buffer[] = []
  for await (const chunk of output) chunks.push(chunk)
  await done
  return Buffer.concat(chunks).toString("utf8").replace(/\n$/, "")
}

/** Like `git`, but `undefined` where git fails. */
export function tryGit(folder: string, ...args: readonly string[]): Promise<string | undefined> {
  return git(folder, ...args).catch((error: unknown) => {
    if (error instanceof GitFailed) return undefined
    throw error
  })
}

/** Git ran, and said no. */
class GitFailed extends Problem {}

/** How git is installed and allowed to reach; everything else of its own would lead it to another repository, or to other answers. */
const keptVariables = /^(?!GIT_)|^GIT_(CONFIG_|EXEC_PATH$|SSH)/

function gitEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => keptVariables.test(name))),
    LC_ALL: "C",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
  }
}

/** Git may end before it has read everything; why, it says by its exit code. */
async function feed(stdin: Writable, lines: Iterable<string>): Promise<void> {
  await pipeline(lines, stdin).catch(() => {})
}

function ended(child: ChildProcess, args: readonly string[]): Promise<void> {
  const errors: Buffer[] = []
  child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk))
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(startFailure(error)))
    child.once("close", (code, signal) => {
      if (code === 0) resolve()
      else
        reject(new GitFailed(describeFailure(args, Buffer.concat(errors).toString("utf8"), code ?? signal)))
    })
  })
}

function startFailure(error: NodeJS.ErrnoException): Error {
  if (error.code !== "ENOENT") return error
  return new Problem("git was not found: install it, or put it on your PATH")
}

function describeFailure(args: readonly string[], errors: string, end: number | string | null): string {
  const lines = errors.split("\n").filter((line) => line !== "")
  const [said] = [lines.find((line) => line.startsWith("fatal:")), ...lines]
  return `git ${args[0]} failed: ${said?.replace("fatal: ", "") ?? `it ended with ${end}`}`
}
