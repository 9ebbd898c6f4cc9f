import type { EventLog } from "@annals/core"
import type { FileChange } from "../domain/file.ts"
import { answer, foldHistory } from "./fold-history.ts"
import type { Projection } from "./projection.ts"

/** The id of the file that was last seen at each path. */
type FilesByPath = Map<string, string>

const filesByPath: Projection<FilesByPath> = {
  initial: () => new Map(),
  handlers: { fileAdded: see, fileEdited: see, fileRenamed: see, fileDeleted: see },
}

function see(
  state: FilesByPath,
  { data, stream }: { readonly data: FileChange; readonly stream: { readonly id: string } },
) {
  return state.set(data.path, stream.id)
}

/** The file that a path leads to, or led to last. */
export async function findFile(
  store: Pick<EventLog, "readAll">,
  commits: ReadonlySet<string>,
  path: string,
): Promise<string | undefined> {
  const seen = answer(filesByPath)
  await foldHistory(store, [seen], { commits })
  return seen.state.get(path)
}
