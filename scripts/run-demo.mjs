// `npm run demo [-- PATH]`: the git-history example on embedded SQLite, about the repository at PATH or this one.
import { resolve } from "node:path"
import { install, pnpm, root } from "./pinned-pnpm.mjs"

// npm runs scripts at the package root; a PATH is meant from where the caller stands.
const callerFolder = process.env.INIT_CWD ?? process.cwd()
const [path = root, ...options] = process.argv.slice(2)

install()
process.exit(
  pnpm(["exec", "node", "examples/git-history/src/main.ts", resolve(callerFolder, path), ...options]),
)
