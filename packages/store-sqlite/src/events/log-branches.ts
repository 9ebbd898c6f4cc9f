import { type EventFilter, type QueryItem, slotCount } from "@annals/core"
import type { Connection } from "../connection.ts"
import type { Names } from "../names.ts"
import { countKinds, findKinds, findKindsOfTenant, findTags } from "../statements/read.ts"
import { idParam } from "../uuid-bytes.ts"

/** One way for an event to match: everything named must hold. A filter is an OR of branches. */
export interface LogBranch {
  /** JSON array of the kinds that may match; `undefined`: every kind. */
  readonly kinds: string | undefined
  /** All of these, by ref. */
  readonly tags: readonly number[]
  readonly correlation: string | Uint8Array | undefined
  /** A byte for each slot, 1 where it is wanted. */
  readonly slots: Uint8Array | undefined
}

/** Resolves a filter to refs, in the snapshot that is then read. No branch: nothing can match. */
export function branchesOf(connection: Connection, names: Names, filter: EventFilter): LogBranch[] {
  const tenantRef = filter.tenant === undefined ? undefined : names.findTenant(filter.tenant)
  if (filter.tenant !== undefined && tenantRef === undefined) return []
  const kinds = kindsOf(connection, filter, tenantRef)
  const allKinds = connection.get<[number]>(countKinds)?.[0] ?? 0
  const common = {
    correlation:
      filter.correlationId === undefined ? undefined : (idParam(filter.correlationId) as string | Uint8Array),
    slots: filter.slots === undefined ? undefined : slotBytes(filter.slots),
  }
  const items: readonly QueryItem[] =
    filter.query === undefined || filter.query.length === 0 ? [{}] : filter.query
  return items.flatMap(({ types, tags = [] }) => {
    const matching = types === undefined ? kinds : kinds.filter(([, type]) => types.includes(type))
    if (matching.length === 0) return []
    const refs = matching.length === allKinds ? undefined : JSON.stringify(matching.map(([ref]) => ref))
    const wanted = [...new Set([...(filter.tags ?? []), ...tags])]
    const sets =
      tenantRef === undefined ? tagsOfTenants(connection, wanted) : tagsOfTenant(names, wanted, tenantRef)
    return sets.map((set) => ({ ...common, kinds: refs, tags: set }))
  })
}

type KindRow = [ref: number, type: string]

function kindsOf(
  connection: Connection,
  { categories, types }: EventFilter,
  tenantRef: number | undefined,
): KindRow[] {
  const params = [
    categories === undefined ? null : JSON.stringify(categories),
    types === undefined ? null : JSON.stringify(types),
  ]
  if (tenantRef === undefined) return connection.all<KindRow>(findKinds, ...params)
  return connection.all<KindRow>(findKindsOfTenant, ...params, tenantRef)
}

function tagsOfTenant(names: Names, tags: readonly string[], tenantRef: number): readonly number[][] {
  const refs = tags.map((tag) => names.findTag(tenantRef, tag)).filter((ref) => ref !== undefined)
  return refs.length === tags.length ? [refs] : []
}

/** The refs of some tags, for each tenant that has all of them. */
function tagsOfTenants(connection: Connection, tags: readonly string[]): readonly number[][] {
  if (tags.length === 0) return [[]]
  const byTenant = new Map<number, number[]>()
  for (const [tenantRef, ref] of connection.all<[number, number]>(findTags, JSON.stringify(tags))) {
    const refs = byTenant.get(tenantRef)
    if (refs === undefined) byTenant.set(tenantRef, [ref])
    else refs.push(ref)
  }
  return [...byTenant.values()].filter((refs) => refs.length === tags.length)
}

function slotBytes(slots: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(slotCount)
  for (const slot of slots) bytes[slot] = 1
  return bytes
}
