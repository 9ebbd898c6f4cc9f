import type { EventFilter, QueryItem } from "@annals/core"
import type { Connection } from "../connection.ts"
import { countKinds, findKinds, findTagsByTenant } from "../statements/read.ts"
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
export function branchesOf(connection: Connection, filter: EventFilter, slotCount: number): LogBranch[] {
  const kinds = connection.all<[ref: number, type: string]>(
    findKinds,
    filter.tenant ?? null,
    filter.categories === undefined ? null : JSON.stringify(filter.categories),
    filter.types === undefined ? null : JSON.stringify(filter.types),
  )
  const allKinds = connection.get<[number]>(countKinds)?.[0] ?? 0
  const common = {
    correlation: filter.correlationId === undefined ? undefined : (idParam(filter.correlationId) as string | Uint8Array),
    slots: filter.slots === undefined ? undefined : slotBytes(filter.slots, slotCount),
  }
  const items: readonly QueryItem[] = filter.query === undefined || filter.query.length === 0 ? [{}] : filter.query
  return items.flatMap((item) => {
    const types = item.types
    const matching = types === undefined ? kinds : kinds.filter(([, type]) => types.includes(type))
    if (matching.length === 0) return []
    const refs = matching.length === allKinds ? undefined : JSON.stringify(matching.map(([ref]) => ref))
    const tags = [...new Set([...(filter.tags ?? []), ...(item.tags ?? [])])]
    return tagSets(connection, tags, filter.tenant).map((set) => ({ ...common, kinds: refs, tags: set }))
  })
}

/** The refs of some tags, for each tenant that has all of them. */
function tagSets(connection: Connection, tags: readonly string[], tenant: string | undefined): readonly number[][] {
  if (tags.length === 0) return [[]]
  const byTenant = new Map<number, number[]>()
  for (const [tenantRef, ref] of connection.all<[number, number]>(findTagsByTenant, JSON.stringify(tags), tenant ?? null)) {
    const refs = byTenant.get(tenantRef)
    if (refs === undefined) byTenant.set(tenantRef, [ref])
    else refs.push(ref)
  }
  return [...byTenant.values()].filter((refs) => refs.length === tags.length)
}

function slotBytes(slots: readonly number[], slotCount: number): Uint8Array {
  const bytes = new Uint8Array(slotCount)
  for (const slot of slots) bytes[slot] = 1
  return bytes
}
