import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { fillAccounts } from "./fill-ledger.ts"
import { createAnnalsLedger } from "./ledgers/annals-ledger.ts"
import type { SqliteParameters } from "./sqlite-parameters.ts"

const reader = fileURLToPath(new URL("read-all-process.ts", import.meta.url))

/** Where there is room, garbage stays for as long as there is, and would be taken for what a read holds on to. */
const smallHeap = ["--max-old-space-size=64", "--max-semi-space-size=1"]

/** By how many MiB a process grows at most while it reads a store of `count` events: in a process of its own, which did nothing before. */
export async function readAllMemory(
  file: string,
  count: number,
  parameters: SqliteParameters,
): Promise<number> {
  {
    await using ledger = await createAnnalsLedger(file)
    await fillAccounts(ledger, count, parameters)
  }
  const { stdout } = await promisify(execFile)(process.execPath, [...smallHeap, reader, file, String(count)])
  return Number(stdout)
}
