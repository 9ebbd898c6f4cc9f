import type { EventIn, EventLog, Position, Recorded } from "@annals/core"
import { commitRecorded } from "../domain/commit.ts"
import { historyEvents } from "../domain/history-events.ts"
import type { FileTrees } from "./file-trees.ts"
import type { KnownPaths } from "./known-paths.ts"
import { type FileMove, moveFiles } from "./move-files.ts"

type HistoryEvent = Recorded<EventIn<typeof historyEvents>>

/** Goes through what is recorded up to a position, to know the files at every commit that new ones build on. */
export async function restoreFileTrees(
  store: Pick<EventLog, "readAll">,
  until: Position,
  { trees, paths }: { readonly trees: FileTrees; readonly paths: KnownPaths },
): Promise<void> {
  let moves: FileMove[] = []
  for await (const event of store.readAll({ events: historyEvents, until })) {
    if (commitRecorded.is(event)) {
      moveFiles(trees.enter(event.data).tree, paths, moves)
      moves = []
    } else moves.push(moveOf(event))
  }
}

function moveOf(event: Exclude<HistoryEvent, { readonly type: "commitRecorded" }>): FileMove {
  const file = event.stream.id
  const { path } = event.data
  switch (event.type) {
    case "fileRenamed":
      return { file, from: event.data.from, to: path }
    case "fileDeleted":
      return { file, from: path }
    default:
      return { file, to: path }
  }
}
