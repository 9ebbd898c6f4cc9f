import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { repositoryRoot } from "./repository-root.ts"

/** Builds core as it is published, into a folder of our own: `dist` may be in use. Returns its entry point. */
export function buildCore(folder: string): string {
  const tool = join(repositoryRoot, "node_modules", ".bin", "tsdown")
  const options = ["--config", "../../tsdown.config.ts", "--out-dir", folder, "--no-dts", "--no-clean"]
  execFileSync(process.execPath, [tool, ...options], {
    cwd: join(repositoryRoot, "packages", "core"),
    stdio: "pipe",
  })
  return join(folder, "index.js")
}
