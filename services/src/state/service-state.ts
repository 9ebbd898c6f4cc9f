import { randomBytes } from "node:crypto"
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ProcessIdentity } from "../processes/process-identity.ts"
import { type ServiceName, serviceNames } from "../service-name.ts"

/** What is known of the services of one folder, as its `state.json`. Written under the folder's lock only, and read by anybody. */
export interface ServiceState {
  readonly secret: string
  readonly services: Readonly<Partial<Record<ServiceName, ServiceEntry>>>
}

export interface ServiceEntry {
  readonly source: "compose" | "packages"
  readonly url: string
  readonly ports: readonly number[]
  /** Its data folder was made completely. */
  readonly prepared: boolean
  /** It has answered. It stays so while it is killed, since it is to come back at the same place. */
  readonly usable: boolean
  /** Those that we started ourselves; Docker knows its own. */
  readonly processes: readonly ProcessIdentity[]
}

export function readState(folder: string): ServiceState {
  try {
    return JSON.parse(readFileSync(stateFile(folder), "utf8")) as ServiceState
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    return { secret: randomBytes(12).toString("hex"), services: {} }
  }
}

/** Replaces the entry of one service, or removes it. */
export function writeEntry(folder: string, name: ServiceName, entry: ServiceEntry | undefined): void {
  const state = readState(folder)
  writeState(folder, { ...state, services: { ...state.services, [name]: entry } })
}

/** Keeps the secret of a new state, which everything that starts next must share. */
export function openState(folder: string): ServiceState {
  mkdirSync(folder, { recursive: true })
  const state = readState(folder)
  writeState(folder, state)
  return state
}

function writeState(folder: string, state: ServiceState): void {
  replaceFile(stateFile(folder), JSON.stringify(state, null, 2))
  const usable = serviceNames.filter((name) => state.services[name]?.usable === true)
  // Nothing but names: turbo takes this file into the hash of every test run, and ports would make each start a new one.
  replaceFile(join(folder, "usable"), usable.map((name) => `${name}\n`).join(""))
}

/** At once: a reader sees the old content or the new one. */
function replaceFile(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

function stateFile(folder: string): string {
  return join(folder, "state.json")
}
