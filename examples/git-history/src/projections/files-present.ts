import { defineProjection } from "@annals/core"
import {
  type FileChange,
  type FileKind,
  fileAdded,
  fileDeleted,
  fileEdited,
  fileRenamed,
} from "../domain/file.ts"

export interface PresentFile {
  readonly path: string
  readonly kind: FileKind
}

/** What is there, by the id of the file. */
export type FilesPresent = Map<string, PresentFile>

/** The files that exist. Fed with the events of one line of history up to a commit, it holds exactly that commit's files. */
export const filesPresent = defineProjection("files-present", {
  events: [fileAdded, fileEdited, fileRenamed, fileDeleted],
  initial: (): FilesPresent => new Map(),
  on: {
    fileAdded: put,
    fileEdited: put,
    fileRenamed: put,
    fileDeleted: (state, { stream }) => {
      state.delete(stream.id)
    },
  },
})

interface PlacedFile {
  readonly data: FileChange & { readonly kind: FileKind }
  readonly stream: { readonly id: string }
}

function put(state: FilesPresent, { data, stream }: PlacedFile): void {
  state.set(stream.id, { path: data.path, kind: data.kind })
}
