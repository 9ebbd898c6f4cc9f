// node watch-file.ts FILE COUNT: prints the first COUNT events of a SQLite store as they come. Nothing but the watch keeps it alive.
import { createSqliteStore } from "@annals/store-sqlite"
import { watch } from "../../../src/index.ts"

const [file = "", count = ""] = process.argv.slice(2)
await using store = createSqliteStore({ file })
let seen = 0
for await (const event of watch(store)) {
  process.stdout.write(`${event.version}\n`)
  if (++seen === Number(count)) break
}
