import { defineCategory, defineEvent, type } from "@annals/core"

/** How many lines a commit added to a file and removed from it. */
export interface ChangedLines {
  readonly added: number
  readonly removed: number
}

/**
 * Somebody committed. It occurred when the author wrote it; who that was stands in its metadata, as it does for every event of
 * the commit: `actor` is the author's name.
 */
export const commitRecorded = defineEvent(
  "commitRecorded",
  type<{
    /** Names the commit, and everything that led to it. */
    readonly hash: string
    /** The commits that it continues. The first is the line it was made on; any others are merged into that. */
    readonly parents: readonly string[]
    /** Epoch milliseconds: when it became part of this history. By this, files are looked up at a date. */
    readonly committedAt: number
    /** The first line of the message, shortened if very long. */
    readonly subject: string
  }>(),
)

/** All commits of a repository make one stream, whose id is the repository's first commit. */
export const repositories = defineCategory("repository", [commitRecorded])
