import { Child, type Entry } from "./child.ts"
import { FaultRunError } from "./fault-run-error.ts"

/** What every process of a round says besides its own messages. */
type Failed = { readonly type: "failed"; readonly message: string }

export interface RestartOptions<Message> {
  /** For messages to people. */
  readonly name: string
  /** What the process runs. */
  readonly entry: Entry
  readonly signal: AbortSignal
  /** What it is started with; asked for at each start. */
  job(): object
  /** Whether it has done all that it has to do, faults included. Until then it is started again whenever it was killed. */
  done(): boolean
  onMessage(message: Exclude<Message, Failed>, child: Child<Message>): void
}

/**
 * Runs a process to its end, over as many lives as it is given. Rejects when it reports an error, ends without having been killed,
 * or when the signal says so; it is gone then.
 */
export async function runRestarted<Message extends { readonly type: string }>(
  options: RestartOptions<Message>,
): Promise<void> {
  const { signal } = options
  while (!options.done()) {
    signal.throwIfAborted()
    await liveOnce(options)
  }
}

async function liveOnce<Message extends { readonly type: string }>(
  options: RestartOptions<Message>,
): Promise<void> {
  const { name, entry, signal, job, done, onMessage } = options
  let failure: string | undefined
  const child = new Child<Message>(entry, (message) => {
    if (message.type === "failed") {
      failure ??= (message as unknown as Failed).message
      child.kill()
      return
    }
    onMessage(message as Exclude<Message, Failed>, child)
    if (done() && !child.killed) child.release()
  })
  const kill = () => child.kill()
  signal.addEventListener("abort", kill, { once: true })
  try {
    child.send(job())
    const { code, signal: endedBy } = await child.ended
    signal.throwIfAborted()
    if (failure !== undefined) throw new FaultRunError(`${name} failed: ${failure}`)
    if (!child.killed && !done()) {
      throw new FaultRunError(`${name} ended by itself (${endedBy ?? `code ${code}`})\n${child.stderr}`)
    }
  } finally {
    signal.removeEventListener("abort", kill)
    child.kill()
  }
}
