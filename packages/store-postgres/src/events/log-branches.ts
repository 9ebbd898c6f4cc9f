import type { EventFilter, QueryItem } from "@annals/core"
import { listKinds } from "../statements/read.ts"
import type { EventKey } from "./event-keys.ts"
import { listTenants } from "./list-streams.ts"
import type { LogAccess } from "./read-log.ts"

/** One way for an event to match: everything named must hold. A filter is an OR of branches. */
export interface LogBranch {
  readonly tenant: string | undefined
  readonly slots: readonly number[] | undefined
  /** Keys; `undefined`: all. */
  readonly kinds: readonly string[] | undefined
  /** All of these; `undefined`: any. */
  readonly tags: readonly string[] | undefined
  /** Keys of the tags, in the same order. */
  readonly tagKeys: readonly EventKey[]
  readonly correlationId: string | undefined
}

/** Resolves a filter to keys. Asked after the bound is known, so that no kind is missing that it lets through. No branch: nothing can match. */
export async function branchesOf(access: LogAccess, filter: EventFilter): Promise<LogBranch[]> {
  const items: readonly QueryItem[] = filter.query?.length ? filter.query : [{}]
  const { tenant, slots, correlationId } = filter
  const needsKinds =
    filter.types !== undefined ||
    filter.categories !== undefined ||
    items.some(({ types }) => types !== undefined)
  const kinds = needsKinds ? await matchingKinds(access, filter) : undefined
  const branches: LogBranch[] = []
  for (const { types, tags = [] } of items) {
    const wanted = types === undefined ? kinds : kinds?.filter(({ type }) => types.includes(type))
    if (wanted?.length === 0) continue
    const common = { slots, correlationId, kinds: wanted?.map(({ key }) => key) }
    const allTags = [...new Set([...(filter.tags ?? []), ...tags])]
    if (allTags.length === 0) {
      branches.push({ ...common, tenant, tags: undefined, tagKeys: [] })
      continue
    }
    // Tags are indexed for each tenant apart.
    for (const name of tenant === undefined ? await listTenants(access) : [tenant]) {
      const tagKeys = allTags.map((tag) => access.keys.tag(name, tag))
      branches.push({ ...common, tenant: name, tags: allTags, tagKeys })
    }
  }
  return branches
}

interface Kind {
  readonly key: string
  readonly type: string
}

async function matchingKinds({ runner }: LogAccess, { categories, types }: EventFilter): Promise<Kind[]> {
  const rows = await runner.run(listKinds, [])
  return rows
    .filter(([, category]) => categories?.includes(category as string) ?? true)
    .filter(([, , type]) => types?.includes(type as string) ?? true)
    .map(([key, , type]) => ({ key: key as string, type: type as string }))
}
