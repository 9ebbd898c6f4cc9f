// `pnpm example NAME [arguments]` runs an example; without a name it lists them.
import { spawnSync } from "node:child_process"
import { basename, join } from "node:path"
import { workspacePackages } from "./workspace.ts"

const examples = new Map(
  workspacePackages()
    .filter(({ kind }) => kind === "example")
    .map((example) => [basename(example.folder), example]),
)
const [name, ...args] = process.argv.slice(2)
const example = name === undefined ? undefined : examples.get(name)

if (example) {
  const main = join(example.folder, "src", "main.ts")
  const { status } = spawnSync(process.execPath, [main, ...args], {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    stdio: "inherit",
  })
  process.exitCode = status ?? 1
} else {
  if (name !== undefined) console.error(`There is no example "${name}".\n`)
  const width = Math.max(...[...examples.keys()].map((key) => key.length))
  console.log("pnpm example NAME\n")
  for (const [key, { manifest }] of examples)
    console.log(`  ${key.padEnd(width)}  ${manifest.description ?? ""}`)
  process.exitCode = name === undefined ? 0 : 1
}
