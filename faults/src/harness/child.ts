import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Most of a process's first moments are spent on reading the same sources again. */
const compileCache = fileURLToPath(new URL("../../.cache/compiled", import.meta.url))

const wardenFile = fileURLToPath(new URL("./warden.ts", import.meta.url))

/** What a child runs: a file of the repository, and what it is given on the command line. */
export type Entry = readonly [file: string, ...args: string[]]

/** How a child ended. */
export interface ChildEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process of a run, which talks to it in messages. It ends by itself when whoever started it is gone. */
export class Child<Message> {
  readonly #process: ChildProcess
  /** Resolves when the process is gone and everything that it had sent is delivered. */
  readonly ended: Promise<ChildEnd>
  #warden: ChildProcess | undefined
  #killed = false
  #stderr = ""

  /** Starts it on the Node that runs this. */
  constructor([file, ...args]: Entry, onMessage: (message: Message) => void) {
    const child = fork(file, args, {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    })
    this.#process = child
    child.on("message", (message) => onMessage(message as Message))
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4_000)
    })
    // What it sent before it was killed still comes out of the channel after its exit.
    const disconnected = new Promise<void>((resolve) => child.once("disconnect", resolve))
    this.ended = new Promise<ChildEnd>((resolve, reject) => {
      child.once("error", reject)
      // Not "close", which never comes where this side has let go.
      child.once("exit", (code, signal) => disconnected.then(() => resolve({ code, signal })))
    })
    this.ended.catch(() => {})
  }

  /** Whether it was told to die, though it may have spoken after that. */
  get killed(): boolean {
    return this.#killed
  }

  /** The end of what it wrote to stderr. */
  get stderr(): string {
    return this.#stderr
  }

  /** Nothing happens where it is gone already. */
  send(message: object): void {
    if (this.#process.connected) this.#process.send(message, () => {})
  }

  /** Takes it out of the middle of whatever it is doing, also when it is stopped. */
  kill(): void {
    this.#killed = true
    this.#warden?.kill("SIGKILL")
    this.#process.kill("SIGKILL")
  }

  /** Freezes it where it is. */
  stop(): void {
    this.#process.kill("SIGSTOP")
    this.#warden = fork(wardenFile, [`${this.#process.pid}`], {
      execArgv: [],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    })
    this.#warden.on("error", () => {}) // only an emergency is worse without it
  }

  continue(): void {
    this.#warden?.kill("SIGKILL")
    this.#process.kill("SIGCONT")
  }

  /** Lets it close what it has open, and end. */
  release(): void {
    if (this.#process.connected) this.#process.disconnect()
  }
}
