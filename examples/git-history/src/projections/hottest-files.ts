import type { FileChange } from "../domain/file.ts"
import type { Projection } from "./projection.ts"

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

export type FileHeats = Map<string, FileHeat>

/** Which files change all the time. */
export const hottestFiles: Projection<FileHeats> = {
  initial: () => new Map(),
  handlers: { fileAdded: heat, fileEdited: heat, fileRenamed: heat, fileDeleted: heat },
}

interface Change {
  readonly data: FileChange
  readonly stream: { readonly id: string }
}

function heat(state: FileHeats, { data, stream }: Change): FileHeats {
  const there = state.get(stream.id)
  const heat = there ?? { file: stream.id, path: data.path, changes: 0, added: 0, removed: 0, binary: false }
  if (there === undefined) state.set(stream.id, heat)
  heat.path = data.path
  heat.binary = data.lines === null
  if (data.merged) return state
  heat.changes++
  heat.added += data.lines?.added ?? 0
  heat.removed += data.lines?.removed ?? 0
  return state
}
