import { defineProjection } from "@annals/core"
import { commitRecorded } from "../domain/commit.ts"
import { type FileChange, fileAdded, fileDeleted, fileEdited, fileRenamed } from "../domain/file.ts"

/** What one person did. */
export interface AuthorWork {
  readonly name: string
  commits: number
  added: number
  removed: number
  /** In how many commits each file was changed, by the file's id. */
  readonly files: Map<string, number>
}

/** By name. */
type Authors = Map<string, AuthorWork>

/** Who changed what. People are told apart by the names in their commits. */
export const authors = defineProjection("authors", {
  events: [commitRecorded, fileAdded, fileEdited, fileRenamed, fileDeleted],
  initial: (): Authors => new Map(),
  on: {
    commitRecorded: (state, { metadata }) => {
      workOf(state, metadata.actor).commits++
    },
    fileAdded: addChange,
    fileEdited: addChange,
    fileRenamed: addChange,
    fileDeleted: addChange,
  },
})

interface ChangeBySomebody {
  readonly data: FileChange
  readonly metadata: { readonly actor?: string }
  readonly stream: { readonly id: string }
}

function addChange(state: Authors, { data, metadata, stream }: ChangeBySomebody): void {
  if (data.merged) return
  const work = workOf(state, metadata.actor)
  work.added += data.lines?.added ?? 0
  work.removed += data.lines?.removed ?? 0
  work.files.set(stream.id, (work.files.get(stream.id) ?? 0) + 1)
}

function workOf(state: Authors, name = ""): AuthorWork {
  const there = state.get(name)
  if (there !== undefined) return there
  const work = { name, commits: 0, added: 0, removed: 0, files: new Map() }
  state.set(name, work)
  return work
}
