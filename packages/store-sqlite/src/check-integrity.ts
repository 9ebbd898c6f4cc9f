import { Worker } from "node:worker_threads"
import { countEvents, countStreams, integrityChecks } from "./statements/integrity.ts"

/** What a check of the whole file found. */
export interface IntegrityReport {
  /** Whether there are no problems. */
  readonly ok: boolean
  /** What is wrong, in words for people: at most 100 of each sort. */
  readonly problems: readonly string[]
  /** How many events were looked at. */
  readonly events: number
  /** How many streams were looked at. */
  readonly streams: number
}

/**
 * Reads the whole file, which takes about a second for a million events: on a thread of its own with a connection of its own, so that
 * this process goes on.
 */
export function checkIntegrity(location: string): Promise<IntegrityReport> {
  const queries = { checks: integrityChecks, countEvents, countStreams }
  const worker = new Worker(workerCode, { eval: true, workerData: { location, ...queries } })
  return new Promise((resolve, reject) => {
    worker.once("error", reject)
    worker.once("message", ({ report, error }: WorkerMessage) => {
      if (report === undefined) reject(Object.assign(new Error(error?.message), error))
      else resolve(report)
    })
  })
}

interface WorkerMessage {
  readonly report?: IntegrityReport
  readonly error?: { readonly message: string }
}

/** As text, because a file of its own would have to be found again in whatever a bundler made of the package. */
const workerCode = `
const { parentPort, workerData } = require("node:worker_threads")
const { DatabaseSync } = require("node:sqlite")
const { location, checks, countEvents, countStreams } = workerData
const corrupt = 11
let db
function run({ name, sql }) {
  try {
    return db.prepare(sql).all().map((row) => name + ": " + Object.values(row)[0])
  } catch (error) {
    if ((error.errcode & 0xff) !== corrupt) throw error
    return [name + ": " + error.message]
  }
}
function count(sql) {
  return Object.values(db.prepare(sql).get())[0]
}
try {
  db = new DatabaseSync(location, { readOnly: true, timeout: 5000 })
  db.exec("BEGIN")
  const problems = checks.flatMap(run)
  const report = { ok: problems.length === 0, problems, events: count(countEvents), streams: count(countStreams) }
  db.close()
  parentPort.postMessage({ report })
} catch ({ message, code, errcode }) {
  parentPort.postMessage({ error: { message, code, errcode } })
}
`
