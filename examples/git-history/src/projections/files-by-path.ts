import { defineProjection } from "@annals/core"
import { type FileChange, fileAdded, fileDeleted, fileEdited, fileRenamed } from "../domain/file.ts"

/** The id of the file that was last seen at each path. */
type FilesByPath = Map<string, string>

/** Which file a path leads to, or led to last. */
export const filesByPath = defineProjection("files-by-path", {
  events: [fileAdded, fileEdited, fileRenamed, fileDeleted],
  initial: (): FilesByPath => new Map(),
  on: { fileAdded: see, fileEdited: see, fileRenamed: see, fileDeleted: see },
})

interface SeenFile {
  readonly data: FileChange
  readonly stream: { readonly id: string }
}

function see(state: FilesByPath, { data, stream }: SeenFile): void {
  state.set(data.path, stream.id)
}
