import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface, type Interface } from "node:readline"

/** A service with the SDK as a process of its own. */
export interface ServiceProcess extends AsyncDisposable {
  readonly url: string
  /** As an operator stops it: its last spans are sent. Returns what it said at its end. */
  stop(): Promise<Readonly<Record<string, unknown>>>
}

export async function startService(
  name: "shop" | "shipping",
  environment: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "processes", `${name}.ts`)], {
    env: { ...process.env, ...environment, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  })
  const lines = createInterface(child.stdout)
  const { url } = await nextReport(lines, name)
  return {
    url: String(url),
    async stop() {
      const last = nextReport(lines, name)
      await end(child, "SIGTERM")
      return last
    },
    [Symbol.asyncDispose]: () => end(child, "SIGKILL"),
  }
}

/** Lines that are no JSON are the services' logs. */
async function nextReport(lines: Interface, name: string): Promise<Readonly<Record<string, unknown>>> {
  const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, unknown>>>()
  const take = (line: string) => {
    if (line.startsWith("{")) resolve(JSON.parse(line))
  }
  const ended = () => reject(new Error(`${name} ended before it was ready`))
  lines.on("line", take).once("close", ended)
  return promise.finally(() => lines.off("line", take).off("close", ended))
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill(signal)
  await exited
}
