import type { FileChange, FileKind } from "../domain/file.ts"
import type { Projection } from "./projection.ts"

export interface PresentFile {
  readonly path: string
  readonly kind: FileKind
}

/** What is there, by the id of the file. */
export type FilesPresent = Map<string, PresentFile>

/** The files that exist. Fed with the events of one line of history up to a commit, it holds exactly that commit's files. */
export const filesPresent: Projection<FilesPresent> = {
  initial: () => new Map(),
  handlers: {
    fileAdded: put,
    fileEdited: put,
    fileRenamed: put,
    fileDeleted: (state, { stream }) => {
      state.delete(stream.id)
      return state
    },
  },
}

interface Placed {
  readonly data: FileChange & { readonly kind: FileKind }
  readonly stream: { readonly id: string }
}

function put(state: FilesPresent, { data, stream }: Placed): FilesPresent {
  return state.set(stream.id, { path: data.path, kind: data.kind })
}
