import { execFileSync } from "node:child_process"
import { runToEnd } from "../processes/run-to-end.ts"

export interface ServiceUser {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL and PgBouncer refuse to run as root: then everything runs as `nobody`. Undefined: as whoever we are. */
export function serviceUser(): ServiceUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }))
  return { uid: idOf("-u"), gid: idOf("-g") }
}

/** Whatever the umask was: another user runs what root has fetched. */
export async function letEverybodyRead(folder: string): Promise<void> {
  if (process.platform === "win32") return
  await runToEnd({ program: "chmod", args: ["-R", "a+rX", folder] })
}

export async function giveTo(user: ServiceUser | undefined, folder: string): Promise<void> {
  if (user === undefined) return
  await runToEnd({ program: "chown", args: ["-R", `${user.uid}:${user.gid}`, folder] })
}
