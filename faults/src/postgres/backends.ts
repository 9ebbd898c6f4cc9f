import { setTimeout as delay } from "node:timers/promises"
import { FaultRunError } from "../harness/fault-run-error.ts"
import { ask } from "./ask.ts"

interface Activity {
  readonly state: string | null
  readonly wait_event: string | null
}

/** Ends one connection. Nothing happens where it is gone already. */
export async function terminateBackend(url: string, pid: number): Promise<void> {
  await askWhileUp(url, "SELECT pg_terminate_backend($1)", [pid])
}

/** Ends all connections of this name. */
export async function terminateBackends(url: string, applicationName: string): Promise<void> {
  await askWhileUp(
    url,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
    [applicationName],
  )
}

/** Resolves when a commit is done and hangs, or when its connection is gone. */
export async function untilCommitHangs(url: string, pid: number): Promise<void> {
  while (true) {
    const [activity] = await askWhileUp<Activity>(
      url,
      "SELECT state, wait_event FROM pg_stat_activity WHERE pid = $1",
      [pid],
    )
    if (activity === undefined || activity.wait_event === "SyncRep") return
    if (activity.state === "idle") throw new FaultRunError("a commit that was to hang didn't")
    await delay(5)
  }
}

/** A fault strikes a commit that hangs as soon as it does. */
const longestHangSeconds = 5

/** Ends commits that hang for long: their process was gone before its fault struck, and nobody else would let go of what they hold. */
export class HangingCommits {
  readonly #timer: NodeJS.Timeout
  #isAsking = false

  constructor(url: string) {
    this.#timer = setInterval(() => void this.#end(url), 1_000).unref()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #end(url: string): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    await ask(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE wait_event = 'SyncRep' AND now() - state_change > make_interval(secs => $1)`,
      [longestHangSeconds],
    ).catch(() => {}) // the server may be gone just now, and is asked again
    this.#isAsking = false
  }
}

/** Resolves when no connection has one of these names: what a process has begun, the server may end after the process. */
export async function untilGone(url: string, applicationNames: readonly string[]): Promise<void> {
  while (true) {
    const left = await ask(url, "SELECT pid FROM pg_stat_activity WHERE application_name = ANY ($1)", [
      applicationNames,
    ])
    if (left.length === 0) return
    await delay(10)
  }
}

/** A server that is killed has no connections any more: whatever was to strike one has struck. */
async function askWhileUp<Row extends object>(
  url: string,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  try {
    return await ask<Row>(url, text, values)
  } catch (error) {
    if (isLost(error)) return []
    throw error
  }
}

/** What `pg` says of a server that is killed, that starts again, or that ends a connection. */
const lostCodes = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "57P01", "57P02", "57P03"]

function isLost(error: unknown): boolean {
  const { code, message } = error as { readonly code?: string; readonly message: string }
  return (code !== undefined && lostCodes.includes(code)) || message.startsWith("Connection terminated")
}
