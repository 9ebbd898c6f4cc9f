import type { FileChange } from "../domain/file.ts"
import type { Projection } from "./projection.ts"

/** What one person did. */
export interface AuthorWork {
  readonly name: string
  commits: number
  added: number
  removed: number
  /** In how many commits each file was changed, by the file's id. */
  readonly files: Map<string, number>
}

export type Authors = Map<string, AuthorWork>

/** Who changed what. People are told apart by the names in their commits. */
export const authors: Projection<Authors> = {
  initial: () => new Map(),
  handlers: {
    commitRecorded: (state, { metadata }) => {
      workOf(state, metadata.actor).commits++
      return state
    },
    fileAdded: addChange,
    fileEdited: addChange,
    fileRenamed: addChange,
    fileDeleted: addChange,
  },
}

interface ChangeBySomebody {
  readonly data: FileChange
  readonly metadata: { readonly actor?: string }
  readonly stream: { readonly id: string }
}

function addChange(state: Authors, { data, metadata, stream }: ChangeBySomebody): Authors {
  if (data.merged) return state
  const work = workOf(state, metadata.actor)
  work.added += data.lines?.added ?? 0
  work.removed += data.lines?.removed ?? 0
  work.files.set(stream.id, (work.files.get(stream.id) ?? 0) + 1)
  return state
}

function workOf(state: Authors, name = ""): AuthorWork {
  const there = state.get(name)
  if (there !== undefined) return there
  const work = { name, commits: 0, added: 0, removed: 0, files: new Map() }
  state.set(name, work)
  return work
}
