import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { InstanceReport, InstanceRequest } from "./instance-messages.ts"

const entry = fileURLToPath(new URL("./instance.ts", import.meta.url))

/** Some processes with an instance each of one subscription, a new one in each turn. */
export class InstanceGroup implements AsyncDisposable {
  readonly #processes: readonly ChildProcess[]
  #turns = 0

  constructor(url: string, count: number) {
    this.#processes = Array.from({ length: count }, () =>
      fork(entry, [url], { execArgv: ["--disable-warning=ExperimentalWarning"] }),
    )
  }

  /** From the moment on when the slots are shared out until everything is handled. */
  async eventsPerSecond(events: number): Promise<number> {
    const subscription = `turn-${++this.#turns}`
    await this.#ask({ type: "join", subscription, instances: this.#processes.length })
    const start = performance.now()
    const reports = await this.#ask({ type: "go" })
    const seconds = (performance.now() - start) / 1000
    await this.#ask({ type: "leave" })
    const handled = reports.reduce((sum, report) => sum + report.handled, 0)
    if (handled !== events) throw new Error(`${subscription} handled ${handled} events of ${events}`)
    return events / seconds
  }

  /** Resolves when all have answered. */
  async #ask(request: InstanceRequest): Promise<InstanceReport[]> {
    const asked = new AbortController()
    const { signal } = asked
    try {
      return await Promise.all(
        this.#processes.map(async (process) => {
          const answered = once(process, "message", { signal })
          const gone = once(process, "exit", { signal }).then(() => {
            throw new Error(`an instance ended before it had answered "${request.type}"`)
          })
          process.send(request)
          const [report] = (await Promise.race([answered, gone])) as [InstanceReport]
          return report
        }),
      )
    } finally {
      asked.abort()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#processes.map(async (process) => {
        const exited = once(process, "exit")
        process.disconnect()
        await exited
      }),
    )
  }
}
