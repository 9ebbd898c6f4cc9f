import { defineProjection } from "@annals/core"
import { type FileChange, fileAdded, fileDeleted, fileEdited, fileRenamed } from "../domain/file.ts"

/** How much a file was worked on, under all its names. */
export interface FileHeat {
  readonly file: string
  /** The name under which it was seen last. */
  path: string
  /** In how many commits it was changed. */
  changes: number
  added: number
  removed: number
  /** Git counted no lines at its last change. */
  binary: boolean
}

/** By the id of the file. */
type FileHeats = Map<string, FileHeat>

/** Which files change all the time. */
export const hottestFiles = defineProjection("hottest-files", {
  events: [fileAdded, fileEdited, fileRenamed, fileDeleted],
  initial: (): FileHeats => new Map(),
  on: { fileAdded: addHeat, fileEdited: addHeat, fileRenamed: addHeat, fileDeleted: addHeat },
})

interface ChangedFile {
  readonly data: FileChange
  readonly stream: { readonly id: string }
}

function addHeat(state: FileHeats, { data, stream }: ChangedFile): void {
  const heat = heatOf(state, stream.id, data.path)
  heat.path = data.path
  heat.binary = data.lines === null
  if (data.merged) return
  heat.changes++
  heat.added += data.lines?.added ?? 0
  heat.removed += data.lines?.removed ?? 0
}

function heatOf(state: FileHeats, file: string, path: string): FileHeat {
  const there = state.get(file)
  if (there !== undefined) return there
  const heat = { file, path, changes: 0, added: 0, removed: 0, binary: false }
  state.set(file, heat)
  return heat
}
