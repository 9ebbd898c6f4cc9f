// node read-all-process.ts FILE COUNT: reads all events and prints by how many MiB the process grew at most.

import { requireDeposits } from "../deposits/require-deposits.ts"
import { createAnnalsLedger } from "./ledgers/annals-ledger.ts"

const sampleIntervalMs = 2

const [file = "", count = ""] = process.argv.slice(2)
await using ledger = await createAnnalsLedger(file)
const before = process.memoryUsage.rss()
let most = before
// The highest value that the system keeps isn't ours: a process inherits it from the one that started it.
const sampling = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss())
}, sampleIntervalMs)
requireDeposits(await ledger.readAll(), Number(count))
clearInterval(sampling)
console.log((most - before) / 2 ** 20)
