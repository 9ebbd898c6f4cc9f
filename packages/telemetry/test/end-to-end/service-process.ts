import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"

/** A service with the SDK as a process of its own. */
export interface ServiceProcess extends AsyncDisposable {
  readonly url: string
  /** As an operator stops it: its last spans are sent. Returns how often it looked at its store for nothing. */
  stop(): Promise<number>
}

export async function startService(
  name: "shop" | "shipping",
  environment: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "processes", `${name}.ts`)], {
    env: { ...process.env, ...environment, PORT: "0" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
  const { url } = await nextReport<{ readonly url: string }>(child, name)
  return {
    url,
    async stop() {
      const last = nextReport<{ readonly emptyPages: number }>(child, name)
      const [{ emptyPages }] = await Promise.all([last, end(child, "SIGTERM")])
      return emptyPages
    },
    [Symbol.asyncDispose]: () => end(child, "SIGKILL"),
  }
}

async function nextReport<Report>(child: ChildProcess, name: string): Promise<Report> {
  const over = new AbortController()
  const { signal } = over
  const ended = once(child, "disconnect", { signal }).then(() => {
    throw new Error(`${name} ended too soon`)
  })
  const reported = once(child, "message", { signal }).then(([report]) => report as Report)
  return Promise.race([reported, ended]).finally(() => over.abort())
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill(signal)
  await exited
}
