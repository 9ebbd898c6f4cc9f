import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"

const main = join(import.meta.dirname, "..", "src", "main.ts")

/** The shop as a process of its own, which can be killed and started again. */
export class ShopProcess implements AsyncDisposable {
  readonly #environment: Readonly<Record<string, string>>
  #child: ChildProcess | undefined
  #url = Promise.withResolvers<string>()

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment
  }

  async start(): Promise<void> {
    const env = { ...process.env, ...this.#environment, PORT: "0" }
    const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] })
    this.#child = child
    for await (const line of createInterface(child.stdout)) {
      const url = /http:\S+/.exec(line)?.[0]
      if (url !== undefined) return this.#url.resolve(url)
    }
    throw new Error("the shop ended before it listened")
  }

  /** In the middle of whatever it does. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL")
  }

  /** As an operator does. Returns the exit code. */
  async stop(): Promise<number | null> {
    return this.#end("SIGTERM")
  }

  /** Sends a request until it is answered, as clients of a shop that gets killed must: it may have been carried out before. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    for (;;) {
      const url = this.#url.promise
      try {
        return await fetch(`${await url}${path}`, init)
      } catch {
        // The process that it went to is dying; its end makes way for the next URL.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    this.#child = undefined
    this.#url = Promise.withResolvers()
    const exited = once(child, "exit")
    child.kill(signal)
    const [code] = await exited
    return code
  }
}
