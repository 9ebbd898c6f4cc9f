import { spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, openSync } from "node:fs"
import { ServiceError } from "../service-error.ts"
import { identify, type ProcessIdentity } from "./process-identity.ts"

export interface DetachedOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Standard output and errors are added to this file. */
  readonly log: string
  readonly uid?: number
  readonly gid?: number
}

/** Starts a process that outlives this one. Undefined: it ended at once, and its log says why. */
export async function startDetached(options: DetachedOptions): Promise<ProcessIdentity | undefined> {
  const { program, args, log, ...rest } = options
  const output = openSync(log, "a")
  try {
    const child = spawn(program, args, { ...rest, detached: true, stdio: ["ignore", output, output] })
    await once(child, "spawn").catch((cause: unknown) => {
      throw new ServiceError(`${program} can't be started`, { cause })
    })
    child.unref()
    return child.pid === undefined ? undefined : identify(child.pid)
  } finally {
    closeSync(output)
  }
}
