import { deriveId, type EventOptions, type NewEvent, type StreamEvents } from "@annals/core"
import { commitRecorded, repositories } from "../domain/commit.ts"
import { fileAdded, fileDeleted, fileEdited, fileRenamed, files } from "../domain/file.ts"
import type { GitCommit } from "../git/commit-changes.ts"
import type { FileStep } from "./identify-changes.ts"

/** What a commit is, besides its changes. */
export interface CommitPlace {
  readonly repository: string
  readonly parents: readonly string[]
  /** How many commits of the repository are recorded before it. */
  readonly version: number
}

/**
 * A commit as one append to the streams of all files that it changes and to the repository's. The repository's event comes last, so
 * that the store up to its position holds the whole commit.
 */
export function commitAppends(
  commit: GitCommit,
  steps: readonly FileStep[],
  place: CommitPlace,
): readonly StreamEvents[] {
  const merged = place.parents.length > 1
  const changes = steps.map(({ file, change }) => ({
    stream: files.stream(file),
    events: [fileEvent(commit, change, merged)],
    expected: change.what === "added" && !merged ? ("no-stream" as const) : ("any" as const),
  }))
  return [
    ...changes,
    {
      stream: repositories.stream(place.repository),
      events: [commitEvent(commit, place)],
      expected: place.version,
    },
  ]
}

function commitEvent(commit: GitCommit, { parents }: CommitPlace): NewEvent {
  const { hash, committedAt, subject } = commit
  return commitRecorded(
    { hash, parents, committedAt, subject },
    { ...eventOptions(commit), id: deriveId("commit", hash) },
  )
}

function fileEvent(commit: GitCommit, change: FileStep["change"], merged: boolean): NewEvent {
  const { path, lines } = change
  const data = { commit: commit.hash, path, lines, merged }
  const options = { ...eventOptions(commit), id: deriveId("change", commit.hash, path) }
  switch (change.what) {
    case "added":
      return fileAdded({ ...data, kind: change.kind }, options)
    case "edited":
      return fileEdited({ ...data, kind: change.kind }, options)
    case "renamed":
      return fileRenamed({ ...data, kind: change.kind, from: change.from }, options)
    case "deleted":
      return fileDeleted(data, options)
    default:
      return change satisfies never
  }
}

/** Who and when. All events of a commit can be found by its hash: they are correlated by it. */
function eventOptions({ hash, author, authoredAt }: GitCommit): EventOptions {
  return {
    metadata: { actor: author.name, email: author.email, correlationId: hash },
    occurredAt: authoredAt,
  }
}
