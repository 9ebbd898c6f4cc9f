// Starts the pnpm that package.json pins, on whatever Node is installed. Runs on Node 20 without any dependency:
// the repository's own Node and tools are there only once pnpm has installed them.
import { spawn, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { delimiter, dirname, join, sep } from "node:path"
import { fileURLToPath } from "node:url"

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The version is kept in one place, `packageManager`, which may carry a hash after a `+`. */
const pinned = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
).packageManager.split("+")[0]

/** Without the repository's own folders: a broken or half-finished install must not be what starts the repair. */
const path = (process.env.PATH ?? "")
  .split(delimiter)
  .filter((folder) => !folder.startsWith(root + sep))
  .join(delimiter)

/** Tests start hundreds of processes on the same sources: Node, whatever its version, keeps here what it has compiled of each file. */
const compiled = process.env.NODE_COMPILE_CACHE ?? join(root, ".cache", "compiled")

const surroundings = {
  cwd: root,
  env: { ...process.env, PATH: path, NODE_COMPILE_CACHE: compiled },
  shell: process.platform === "win32",
}

/**
 * Runs pnpm at the root with its output shown, and returns its exit code.
 * @param {readonly string[]} args
 */
export function pnpm(args) {
  const { status, error } = spawnSync("npx", ["--yes", pinned, ...args], {
    ...surroundings,
    stdio: ["ignore", "inherit", "inherit"],
  })
  if (error) throw error
  return status ?? 1
}

/**
 * Runs pnpm at the root beside something else, and resolves with its exit code and what it wrote.
 * @param {readonly string[]} args
 * @returns {Promise<{ code: number, output: string }>}
 */
export function pnpmInBackground(args) {
  const child = spawn("npx", ["--yes", pinned, ...args], {
    ...surroundings,
    stdio: ["ignore", "pipe", "pipe"],
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text
    })
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => resolve({ code: code ?? 1, output }))
  })
}

/** Installs exactly what the lock file says, and ends the process if that fails. */
export function install() {
  const code = pnpm(["install", "--frozen-lockfile", "--reporter=append-only"])
  if (code !== 0) process.exit(code)
}
