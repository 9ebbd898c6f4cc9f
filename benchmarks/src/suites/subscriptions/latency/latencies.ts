import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { Listener } from "./listener.ts"
import type { WriterJob } from "./writer-job.ts"

const writerFile = fileURLToPath(new URL("./writer.ts", import.meta.url))

/** The first tenth, when connections are opened and code is compiled, doesn't count. */
const warmUpPart = 0.1

/** Milliseconds from the call that appends, in a process of its own, to the handler, for each event that counts. */
export async function latencies(listener: Listener, job: WriterJob): Promise<number[]> {
  const measured: number[] = []
  const all = Promise.withResolvers<void>()
  await using _listening = await listener.listen((sentAt) => {
    measured.push(monotonicMs() - sentAt)
    if (measured.length === job.count) all.resolve()
  })
  const writer = fork(writerFile, [], { execArgv: ["--disable-warning=ExperimentalWarning"] })
  const ended = once(writer, "exit").then(([code]) => {
    if (code !== 0) throw new Error(`the writer of ${job.contestant} ended with code ${code}`)
  })
  writer.send(job)
  await Promise.all([ended, all.promise])
  return measured.slice(Math.floor(measured.length * warmUpPart))
}

/** The same clock in every process. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
