import { createAnnalsLedger } from "./src/suites/sqlite/ledgers/annals-ledger.ts"
import { createBareLedger } from "./src/suites/sqlite/ledgers/bare-ledger.ts"
import { depositOf } from "./src/suites/sqlite/ledgers/deposit.ts"
import { mkdtempSync } from "node:fs"
const dir = mkdtempSync("/work/main/benchmarks/.tmpab-")
const ledgers = { ours: await createAnnalsLedger(dir + "/ours.db"), bare: await createBareLedger(dir + "/bare.db") }
const v: any = { ours: 0, bare: 0 }
const n = 300
const res: any = { ours: [], bare: [] }
for (let round = 0; round < 14; round++) for (const k of (round % 2 ? ["ours", "bare"] : ["bare", "ours"]) as ("ours" | "bare")[]) {
  const c0 = process.cpuUsage(); const t = performance.now()
  for (let i = 0; i < n; i++) { await ledgers[k].append("alice", [depositOf(v[k], "alice")], v[k]); v[k]++ }
  const dt = performance.now() - t; const c = process.cpuUsage(c0)
  res[k].push([dt / n * 1000, (c.user + c.system) / n])
}
const med = (a: number[]) => a.sort((x, y) => x - y)[a.length >> 1]!.toFixed(0)
for (const k of ["ours", "bare"]) console.log(k, "us/append", med(res[k].slice(4).map((x: any) => x[0])), "cpu us", med(res[k].slice(4).map((x: any) => x[1])))
for (const l of Object.values(ledgers)) await l[Symbol.asyncDispose]()
