// node use-without-permission.ts FILE MODE: reads, appends and reads again as a user who may only read FILE, in a folder with that mode;
// prints the outcomes as JSON. Root has to start it: permissions don't bind root, and nobody else can become another user.
import { chmodSync } from "node:fs"
import { dirname } from "node:path"
import { isAnnalsError } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"

const [file = "", folderMode = ""] = process.argv.slice(2)
const nobody = 65534
chmodSync(file, 0o444)
chmodSync(dirname(file), Number.parseInt(folderMode, 8))
process.setgid?.(nobody)
process.setuid?.(nobody)

await using store = createSqliteStore({ file })
const outcomes = [await outcome(read), await outcome(append), await outcome(read)]
process.stdout.write(JSON.stringify(outcomes))

async function read(): Promise<number> {
  return (await store.readAll().toArray()).length
}

async function append(): Promise<number> {
  return (await store.append({ category: "account", id: "alice" }, [{ type: "opened", data: null }])).version
}

async function outcome(use: () => Promise<number>): Promise<number | string> {
  try {
    return await use()
  } catch (error) {
    return isAnnalsError(error) ? `${error.code} ${error.message}` : String(error)
  }
}
