import type { ChangedLines } from "../domain/commit.ts"
import type { FileKind } from "../domain/file.ts"

/** A commit as git tells it. */
export interface GitCommit {
  readonly hash: string
  readonly author: { readonly name: string; readonly email: string }
  /** Epoch milliseconds. */
  readonly authoredAt: number
  /** Epoch milliseconds. */
  readonly committedAt: number
  readonly subject: string
  /** Against its first parent. */
  readonly changes: readonly GitChange[]
}

/** What became of one file. */
export type GitChange =
  | {
      readonly what: "added" | "edited"
      readonly path: string
      readonly kind: FileKind
      readonly lines: ChangedLines | null
    }
  | {
      readonly what: "renamed"
      readonly from: string
      readonly path: string
      readonly kind: FileKind
      readonly lines: ChangedLines | null
    }
  | { readonly what: "deleted"; readonly path: string; readonly lines: ChangedLines | null }
