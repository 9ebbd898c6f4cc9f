import { createMemoryStore, type EventStore, type SnapshotKey, type StoreOptions } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"

export const stores: Record<string, (options?: StoreOptions) => EventStore> = {
  memory: (options) => createMemoryStore(options),
  SQLite: (options) => createSqliteStore({ file: ":memory:", ...options }),
}

export const keyOf = (id: string): SnapshotKey => ({ kind: "stream", name: "tally", id })

/** The revisions of all snapshots of a stream, the newest first. */
export async function revisionsOf(store: EventStore, id: string): Promise<number[]> {
  const revisions: number[] = []
  let atMost = Number.MAX_SAFE_INTEGER
  while (atMost >= 0) {
    const found = await store.snapshots.load(keyOf(id), atMost)
    if (found === undefined) break
    revisions.push(found.revision)
    atMost = found.revision - 1
  }
  return revisions
}

/** Puts something else in the place of the newest snapshot. */
export async function damage(
  store: EventStore,
  id: string,
  change: {
    readonly body?: string | Uint8Array
    readonly encoding?: string
    readonly schemaVersion?: number
  },
): Promise<void> {
  const newest = await store.snapshots.load(keyOf(id))
  if (newest === undefined) throw new Error(`there is no snapshot of ${id}`)
  const {
    body = newest.state.body,
    encoding = newest.state.encoding,
    schemaVersion = newest.schemaVersion,
  } = change
  await store.transaction(async ({ snapshots }) => {
    await snapshots.prune(keyOf(id), 0)
    await snapshots.save(keyOf(id), { ...newest, schemaVersion, state: { encoding, body } })
  })
}

/** Keeps what is logged. */
export function memoryLog() {
  const lines: { readonly level: string; readonly message: string; readonly fields: unknown }[] = []
  const at = (level: string) => (message: string, fields?: unknown) =>
    void lines.push({ level, message, fields })
  return { lines, logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } }
}
