import type { StreamFilter, StreamInfo, StreamKey } from "@annals/core"
import type { Connection } from "../connection.ts"
import { listCategories, listStreams as listStreamsOfCategory } from "../statements/read.ts"

/** Category by category, so that each page starts where the last one ended without passing over what came before. */
export function listStreams(
  connection: Connection,
  filter: StreamFilter,
  after: StreamKey | undefined,
  limit: number,
): StreamInfo[] {
  return connection.snapshot(() => {
    const start = [after?.tenant ?? "", after?.category ?? ""] as const
    const categories = connection.all<[string, string, number]>(
      listCategories,
      filter.tenant ?? null,
      filter.category ?? null,
      ...start,
    )
    const found: StreamInfo[] = []
    for (const [tenant, category, ref] of categories) {
      if (found.length === limit) break
      const afterId = tenant === after?.tenant && category === after.category ? after.id : ""
      const rows = connection.all<[string, number]>(listStreamsOfCategory, ref, afterId, limit - found.length)
      for (const [id, version] of rows) found.push({ stream: { tenant, category, id }, version })
    }
    return found
  })
}
