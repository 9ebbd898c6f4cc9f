import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { WorkFolder } from "../src/harness/work-folder.ts"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] })
}

function ended(child: ChildProcess): Promise<Ended> {
  const output = { stdout: "", stderr: "" }
  for (const name of ["stdout", "stderr"] as const) child[name]?.on("data", (data) => (output[name] += data))
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...output })))
}

/** Ids of the processes that a process has started. Not every machine has `ps`, and not every one has `/proc`. */
function childrenOf(pid: number): number[] {
  const processes: readonly (readonly number[])[] = existsSync("/proc/self/stat")
    ? parentsByProc()
    : parentsByPs()
  return processes.filter(([, parent]) => parent === pid).map(([child]) => child as number)
}

function parentsByProc(): (readonly [number, number])[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      return [[Number(name), Number(statOf(name)[1])] as const]
    } catch {
      return [] // no process, or gone meanwhile
    }
  })
}

/** A process's state, its parent, and more. The name of the program comes before them, in parentheses, and may hold anything. */
function statOf(pid: number | string): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")
}

function parentsByPs(): number[][] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).split("\n")
  return lines.map((line) => line.trim().split(/\s+/).map(Number))
}

/** Looks again and again: nobody tells when another process's child comes or goes. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

const cache = fileURLToPath(new URL("../.cache", import.meta.url))

function runFolders(pid: number | undefined): string[] {
  return readdirSync(cache).filter((name) => name.startsWith(`run-${pid}-`))
}

/** One that ended, and that nobody has asked how, is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !existsSync("/proc/self/stat") || statOf(pid)[0] !== "Z"
  } catch {
    return false
  }
}

function playsOneRound(suite: string, leastFaults = 16): void {
  it(`${suite}: kills real processes, and finds nothing lost, doubled, skipped or disordered`, {
    timeout: 240_000,
  }, async () => {
    using folder = new WorkFolder()
    const json = join(folder.path, "result.json")
    const { code, stdout, stderr } = await ended(
      start([suite, "--rounds", "1", "--seed", "20", "--json", json]),
    )
    expect(stderr).not.toContain("kept")
    const result = JSON.parse(stdout)
    expect(result).toEqual({
      suite,
      seed: 20,
      rounds: 1,
      faults: expect.any(Number),
      acknowledged: expect.any(Number),
      lost: 0,
      doubled: 0,
      skipped: 0,
      disordered: 0,
    })
    expect(result.faults).toBeGreaterThanOrEqual(leastFaults)
    expect(result.acknowledged).toBeGreaterThan(100)
    expect(JSON.parse(readFileSync(json, "utf8"))).toEqual([result])
    expect(code).toBe(0)
  })
}

function leavesNothingBehind(suite: string, leastProcesses = 6): void {
  it.for(["SIGINT", "SIGTERM"] as const)(
    `${suite}: leaves no process and no file behind on %s`,
    { timeout: 120_000, skip: process.platform === "win32" },
    async (signal) => {
      const child = start([suite, "--rounds", "100", "--seed", "1"])
      const end = ended(child)
      await until(() => childrenOf(child.pid as number).length >= leastProcesses)
      const processes = childrenOf(child.pid as number)
      expect(runFolders(child.pid)).toHaveLength(1)
      child.kill(signal)
      const { code, stderr } = await end
      expect(stderr).toContain(`interrupted by ${signal}`)
      expect(stderr).not.toContain("kept")
      expect(code).toBe(signal === "SIGINT" ? 130 : 143)
      expect(runFolders(child.pid)).toEqual([])
      await until(() => !processes.some(isAlive))
    },
  )

  it(`${suite}: leaves no process behind when it is killed itself`, {
    timeout: 120_000,
    skip: process.platform === "win32",
  }, async () => {
    const child = start([suite, "--rounds", "100", "--seed", "1"])
    const end = ended(child)
    await until(() => childrenOf(child.pid as number).length >= leastProcesses)
    const processes = childrenOf(child.pid as number)
    child.kill("SIGKILL")
    await end
    await until(() => !processes.some(isAlive))
    for (const folder of runFolders(child.pid)) rmSync(join(cache, folder), { recursive: true, force: true })
  })
}

describe("pnpm faults", () => {
  playsOneRound("sqlite")
  leavesNothingBehind("sqlite")
  usingService("postgres", () => {
    playsOneRound("postgres")
    leavesNothingBehind("postgres")
    playsOneRound("subscriptions", 6)
    // Three instances and the server's warden.
    leavesNothingBehind("subscriptions", 4)
  })

  usingService("redis", () => {
    playsOneRound("bus-redis", 5)
    // Six publishers and consumers, and the broker's warden.
    leavesNothingBehind("bus-redis", 7)
  })
  usingService("rabbitmq", () => playsOneRound("bus-rabbitmq", 5))
  usingService("kafka", () => playsOneRound("bus-kafka", 5))

  it("says which suites there are", { timeout: 60_000 }, async () => {
    const { code, stderr } = await ended(start(["mysql"]))
    expect(code).toBe(2)
    expect(stderr).toBe(
      'there is no suite "mysql"; there are: sqlite, postgres, subscriptions, bus-redis, bus-rabbitmq, bus-kafka\n',
    )
  })
})

describe("a stopped process", () => {
  it("ends when the run is killed that stopped it", {
    timeout: 60_000,
    skip: process.platform === "win32",
  }, async () => {
    const program = `
      import { Child } from ${JSON.stringify(new URL("../src/harness/child.ts", import.meta.url).href)}
      const child = new Child([${JSON.stringify(fileURLToPath(new URL("../src/sqlite/reader.ts", import.meta.url)))}], () => {})
      child.stop()
    `
    const run = spawn(process.execPath, ["--input-type=module", "--eval", program])
    const end = ended(run)
    await until(() => childrenOf(run.pid as number).length === 2)
    const processes = childrenOf(run.pid as number)
    run.kill("SIGKILL")
    await end
    await until(() => !processes.some(isAlive))
  })
})
