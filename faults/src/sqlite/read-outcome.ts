import { DatabaseSync } from "node:sqlite"
import { describeStream, type RecordedEvent } from "@annals/core"
import { createSqliteStore, type SqliteStore } from "@annals/store-sqlite"
import type { StoredFact } from "../check/run-record.ts"
import { FaultRunError } from "../harness/fault-run-error.ts"
import { type FactData, tally } from "./operation.ts"

/** What a file holds when all processes are gone. */
export interface Outcome {
  readonly stored: readonly StoredFact[]
  readonly streams: ReadonlyMap<string, readonly StoredFact[]>
  /** Names of operations, in the order in which they were tallied. */
  readonly tallied: readonly string[]
  /** Where the checkpoint stands that each tally moves by one. */
  readonly checkpoint: number
}

/** Reads a file through a store of its own. Throws where SQLite itself finds the file damaged. */
export async function readOutcome(file: string): Promise<Outcome> {
  checkIntegrity(file)
  await using store = createSqliteStore({ file })
  const stored = (await store.readAll().toArray()).map(storedFact)
  const row = await store.readModels.get(tally.model, tally.id)
  const [slots] = await store.checkpoints.load(tally.subscription)
  return {
    stored,
    streams: await readStreams(store),
    tallied: (row?.value ?? []) as string[],
    checkpoint: slots?.position ?? 0,
  }
}

async function readStreams(store: SqliteStore): Promise<Map<string, StoredFact[]>> {
  const streams = new Map<string, StoredFact[]>()
  for await (const { stream } of store.listStreams()) {
    streams.set(describeStream(stream), (await store.readStream(stream).toArray()).map(storedFact))
  }
  return streams
}

function storedFact({ id, stream, version, position, data }: RecordedEvent): StoredFact {
  const { fact, readVersion } = data as FactData
  const place = { fact, id, stream: describeStream(stream), version, position }
  return readVersion === undefined ? place : { ...place, requiredVersion: readVersion }
}

function checkIntegrity(file: string): void {
  const db = new DatabaseSync(file)
  try {
    const problems = ["integrity_check", "foreign_key_check"]
      .flatMap((pragma) => db.prepare(`PRAGMA ${pragma}`).all())
      .map((row) => JSON.stringify(row))
      .filter((row) => row !== '{"integrity_check":"ok"}')
    if (problems.length > 0) throw new FaultRunError(`SQLite finds ${file} damaged: ${problems.join(", ")}`)
  } finally {
    db.close()
  }
}
