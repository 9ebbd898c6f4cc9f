import type { StreamFilter, StreamInfo, StreamKey } from "@annals/core"
import { listCategories, listStreamsOfCategory } from "../statements/read.ts"
import type { LogAccess } from "./read-log.ts"

/** Category by category, so that each page starts where the last one ended without passing over what came before. */
export async function listStreams(
  { runner }: LogAccess,
  filter: StreamFilter,
  after: StreamKey | undefined,
  limit: number,
): Promise<StreamInfo[]> {
  const found: StreamInfo[] = []
  for (const [tenant, category, key] of (await runner.run(listCategories, [])) as [
    string,
    string,
    string,
  ][]) {
    if (found.length === limit) break
    if (filter.tenant !== undefined && filter.tenant !== tenant) continue
    if (filter.category !== undefined && filter.category !== category) continue
    if (after !== undefined && compareCategories({ tenant, category }, after) < 0) continue
    const isCurrent = tenant === after?.tenant && category === after.category
    const rows = await runner.run(listStreamsOfCategory, [
      key,
      isCurrent ? after.id : "",
      limit - found.length,
    ])
    for (const [id, version] of rows) {
      found.push({ stream: { tenant, category, id: id as string }, version: Number(version) })
    }
  }
  return found
}

export async function listTenants({ runner }: LogAccess): Promise<string[]> {
  const rows = await runner.run(listCategories, [])
  return [...new Set(rows.map(([tenant]) => tenant as string))]
}

type CategoryName = Pick<StreamKey, "tenant" | "category">

/** By code point, as the database sorts. */
function compareCategories(left: CategoryName, right: CategoryName): number {
  return compareBytes(left.tenant, right.tenant) || compareBytes(left.category, right.category)
}

function compareBytes(left: string, right: string): number {
  return left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right))
}
