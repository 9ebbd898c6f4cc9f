import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  /** Together with the pid it names one process for all times: pids get reused. */
  readonly started: string
}

/** Every process that is alive, without those that are dead and only wait to be noticed by their parent. */
export function processTable(): readonly ProcessEntry[] {
  if (process.platform === "linux") return linuxTable()
  return process.platform === "win32" ? windowsTable() : unixTable()
}

/** From /proc, since small containers have no `ps`. */
function linuxTable(): ProcessEntry[] {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const stat = readStat(pid)
      if (stat === undefined) return []
      // The program's name stands in parentheses and may contain anything, also parentheses.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
      const [state, parent] = fields
      if (state === "Z" || state === "X") return []
      return [{ pid: Number(pid), parent: Number(parent), started: `${boot} ${fields[19]}` }]
    })
}

function readStat(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
  } catch {
    return undefined // It ended since the folder was read.
  }
}

function unixTable(): ProcessEntry[] {
  const output = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,lstart="], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  })
  return output.split("\n").flatMap((line) => {
    const [pid, parent, state, ...started] = line.trim().split(/\s+/)
    if (pid === undefined || parent === undefined || state === undefined || state.startsWith("Z")) return []
    return [{ pid: Number(pid), parent: Number(parent), started: started.join(" ") }]
  })
}

function windowsTable(): ProcessEntry[] {
  const query =
    "Get-CimInstance Win32_Process | ForEach-Object { '{0} {1} {2}' -f $_.ProcessId, $_.ParentProcessId, $_.CreationDate.Ticks }"
  const output = execFileSync("powershell", ["-NoProfile", "-Command", query], { encoding: "utf8" })
  return output.split("\n").flatMap((line) => {
    const [pid, parent, started] = line.trim().split(" ")
    if (pid === undefined || parent === undefined || started === undefined) return []
    return [{ pid: Number(pid), parent: Number(parent), started }]
  })
}
