import { chmodSync } from "node:fs"
import { dirname } from "node:path"
import { isAnnalsError, streamId } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"

/** A process whose user may only read a file. Started by root, whom permissions don't bind: `<file> <mode of its folder>`. */

const [file, folderMode] = process.argv.slice(2) as [string, string]
chmodSync(file, 0o444)
chmodSync(dirname(file), Number.parseInt(folderMode, 8))
process.setgid?.(65534)
process.setuid?.(65534)

await using store = createSqliteStore({ file })
const outcomes = [await outcome(read), await outcome(append), await outcome(read)]
process.stdout.write(JSON.stringify(outcomes))

async function read(): Promise<number> {
  return (await store.readAll().toArray()).length
}

async function append(): Promise<number> {
  return (await store.append(streamId("account", "alice"), [{ type: "opened", data: {} }])).version
}

async function outcome(use: () => Promise<number>): Promise<number | string> {
  try {
    return await use()
  } catch (error) {
    return isAnnalsError(error) ? `${error.code} ${error.message}` : String(error)
  }
}
