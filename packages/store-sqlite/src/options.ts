import { randomUUID } from "node:crypto"
import { resolve } from "node:path"
import { AnnalsError, type StoreOptions } from "@annals/core"

/** How safe an acknowledged append is. No setting risks a damaged file when only the process dies. */
export type Durability = "full" | "normal" | "off"

/** What a SQLite store is made with, besides what every store takes. */
export interface SqliteStoreOptions extends StoreOptions {
  /**
   * Path of the database file, created if it isn't there; its folder must exist. `":memory:"`: no file, and
   * everything gone at `close()`.
   */
  readonly file: string
  /**
   * - `"full"` (default): what was acknowledged survives a power cut. Costs one sync of the disk for each commit, which
   *   appends that arrive together share.
   * - `"normal"`: a power cut may take back the last commits, never more; a crash of the process takes none. Some 10 times as
   *   many single appends a second.
   * - `"off"`: a power cut may damage the file. For imports that can be started again.
   *
   * @default "full"
   */
  readonly durability?: Durability
  /**
   * How long a write waits while another process writes to the file, before it fails with `STORE_BUSY`. The event loop
   * runs on meanwhile.
   *
   * @default 30_000
   */
  readonly busyTimeoutMs?: number
  /**
   * How often the file is looked at for commits of other processes, while somebody listens to `wakeUps`. A look costs some
   * microseconds.
   *
   * @default 50
   */
  readonly pollIntervalMs?: number
  /**
   * Memory for pages of the file, for each of the store's two connections.
   *
   * @default 16_384
   */
  readonly cacheSizeKiB?: number
  /**
   * Opens the file for reading only: it must be there, nothing is created or upgraded, and writes fail with `STORE_READ_ONLY`.
   *
   * @default false
   */
  readonly readOnly?: boolean
}

export interface SqliteSettings {
  /** As it was given, for messages. */
  readonly file: string
  /** What SQLite opens. In memory, connections of one process share a database by its name. */
  readonly location: string
  readonly inMemory: boolean
  readonly durability: Durability
  readonly busyTimeoutMs: number
  readonly pollIntervalMs: number
  readonly cacheSizeKiB: number
  readonly readOnly: boolean
}

const defaults = {
  durability: "full",
  busyTimeoutMs: 30_000,
  pollIntervalMs: 50,
  cacheSizeKiB: 16_384,
  readOnly: false,
} as const

const memoryName = ":memory:"

/** Validates the options that are SQLite's own. Throws `INVALID_OPTION`. */
export function resolveSqliteOptions(options: SqliteStoreOptions): SqliteSettings {
  const { file } = options
  if (typeof file !== "string" || file === "") throw invalid("file", `must be a path or "${memoryName}"`)
  const { durability = defaults.durability, readOnly = defaults.readOnly } = options
  if (!["full", "normal", "off"].includes(durability))
    throw invalid("durability", 'must be "full", "normal" or "off"')
  if (typeof readOnly !== "boolean") throw invalid("readOnly", "must be true or false")
  const inMemory = file === memoryName
  return {
    file,
    // An absolute path can't be taken for a URI, whatever its name is.
    location: inMemory ? `file:/annals-${randomUUID()}?vfs=memdb` : resolve(file),
    inMemory,
    durability,
    busyTimeoutMs: checkWhole("busyTimeoutMs", options.busyTimeoutMs ?? defaults.busyTimeoutMs, 0),
    pollIntervalMs: checkWhole("pollIntervalMs", options.pollIntervalMs ?? defaults.pollIntervalMs, 1),
    cacheSizeKiB: checkWhole("cacheSizeKiB", options.cacheSizeKiB ?? defaults.cacheSizeKiB, 64),
    readOnly,
  }
}

function checkWhole(path: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw invalid(path, `must be a whole number from ${least}`)
}

function invalid(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}
