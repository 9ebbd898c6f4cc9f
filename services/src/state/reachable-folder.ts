import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import type { ServiceUser } from "../packages/service-user.ts"
import { ServiceError } from "../service-error.ts"

/**
 * The folder itself, made where there is none, if the services' user can get there. A clone may lie where only root may enter: then a
 * folder under the system's temporary one, remembered beside the wanted one.
 */
export function reachableFolder(wanted: string, user: ServiceUser | undefined): string {
  const parent = dirname(wanted)
  mkdirSync(parent, { recursive: true })
  if (user === undefined || isOpen(parent)) {
    mkdirSync(wanted, { recursive: true })
    if (user !== undefined) chmodSync(wanted, 0o755)
    return wanted
  }
  return elsewhere(wanted) ?? makeElsewhere(wanted)
}

/** Removes the folder and the one that stands in for it. */
export function removeReachableFolder(wanted: string): void {
  for (const path of [elsewhere(wanted), noteOf(wanted), wanted]) {
    if (path !== undefined) rmSync(path, { recursive: true, force: true })
  }
}

/** The folder that stands in for the wanted one, if there is one. */
export function elsewhere(wanted: string): string | undefined {
  const note = noteOf(wanted)
  const folder = existsSync(note) ? readFileSync(note, "utf8") : undefined
  return folder !== undefined && existsSync(folder) ? folder : undefined
}

function makeElsewhere(wanted: string): string {
  const temporary = [tmpdir(), "/tmp", "/var/tmp"].find(isOpen)
  if (temporary === undefined)
    throw new ServiceError("no temporary folder that another user than root can enter")
  const folder = mkdtempSync(join(temporary, `annals-services-${basename(wanted)}-`))
  chmodSync(folder, 0o755)
  writeFileSync(noteOf(wanted), folder)
  return folder
}

function noteOf(wanted: string): string {
  return `${wanted}.elsewhere`
}

/** Whether anybody may enter this folder and all folders above. */
function isOpen(folder: string): boolean {
  if (!existsSync(folder) || (statSync(folder).mode & 0o001) === 0) return false
  return dirname(folder) === folder || isOpen(dirname(folder))
}
