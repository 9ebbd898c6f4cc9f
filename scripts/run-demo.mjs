// `npm run demo [-- PATH] [options]`: the git-history example on embedded SQLite, about the repository at PATH or this one.
import { install, pnpm } from "./pinned-pnpm.mjs"

// npm runs scripts at the package root, and says here where the caller stands: that is what the example starts paths from.
process.env.INIT_CWD ??= process.cwd()

install()
process.exit(pnpm(["exec", "node", "examples/git-history/src/main.ts", ...process.argv.slice(2)]))
