// Which services `pnpm services` has made usable here. It notes them in a file that even an old Node without packages can read.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./pinned-pnpm.mjs"

/** @returns {string[]} */
export function usableServices() {
  const file = join(root, ".services", "usable")
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : []
}
