import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"

/** One of the services as a process of its own, which can be killed and started again. */
export class ServiceProcess implements AsyncDisposable {
  readonly #main: string
  readonly #environment: Readonly<Record<string, string>>
  #child: ChildProcess | undefined
  #ready = Promise.withResolvers<string>()

  constructor(name: "shop" | "shipping", environment: Readonly<Record<string, string>>) {
    this.#main = join(import.meta.dirname, "..", "src", name, "main.ts")
    this.#environment = environment
  }

  async start(): Promise<void> {
    const env = { ...process.env, ...this.#environment, PORT: "0" }
    const child = spawn(process.execPath, [this.#main], { env, stdio: ["ignore", "pipe", "inherit"] })
    this.#child = child
    for await (const line of createInterface(child.stdout)) {
      if (/^(shop|shipping) on /.test(line)) return this.#ready.resolve(/http:\S+/.exec(line)?.[0] ?? "")
    }
    throw new Error(`${this.#main} ended before it was ready`)
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
      const url = this.#ready.promise
      try {
        return await fetch(`${await url}${path}`, init)
      } catch {
        // The process that it went to is dying; its end makes way for the next URL.
        await new Promise((resolve) => setTimeout(resolve, 20))
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
    this.#ready = Promise.withResolvers()
    const exited = once(child, "exit")
    child.kill(signal)
    const [code] = await exited
    return code
  }
}
