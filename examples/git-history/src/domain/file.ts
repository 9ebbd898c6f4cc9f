import { defineCategory, defineEvent, deriveId, type } from "@annals/core"
import type { ChangedLines } from "./commit.ts"

/** What a path can lead to in git. */
export type FileKind = "file" | "executable" | "symlink" | "submodule"

/** What every change of a file tells. */
export interface FileChange {
  /** The hash of the commit that made the change. */
  readonly commit: string
  /** Where the file is after the change; for a deleted one, where it was. */
  readonly path: string
  /** `null`: the file is binary, so that lines mean nothing. */
  readonly lines: ChangedLines | null
  /** The change came through a merge: somebody made it in an earlier commit of another line of history, and it counts there. */
  readonly merged: boolean
}

/** A new file; or, merged, one that another line of history had and this one had not. */
export const fileAdded = defineEvent("fileAdded", type<FileChange & { readonly kind: FileKind }>())

export const fileEdited = defineEvent("fileEdited", type<FileChange & { readonly kind: FileKind }>())

export const fileRenamed = defineEvent(
  "fileRenamed",
  type<FileChange & { readonly kind: FileKind; readonly from: string }>(),
)

export const fileDeleted = defineEvent("fileDeleted", type<FileChange>())

/** A file makes one stream, from the commit that adds it, through all its names, to the commit that deletes it. */
export const files = defineCategory("file", [fileAdded, fileEdited, fileRenamed, fileDeleted])

/** A file is known by its birth: the commit that added it, and its path then. */
export function fileId(commit: string, path: string): string {
  return deriveId("file", commit, path)
}
