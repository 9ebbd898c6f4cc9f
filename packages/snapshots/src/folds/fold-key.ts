import { deriveId, type FoldScope, type SnapshotKey } from "@annals/core"

/** Leaves room for an id behind it: a key's name has at most 1,000 characters. */
const maxPrefix = 900

/**
 * Whose snapshots are whose: states of other parts of the log, or of another tenant, are others. Those of the whole log go by the projection's name, those
 * of a part by an id derived from all that names it, behind as much of the name as fits, for people.
 */
export function foldKey(projection: string, { tenant, categories, tags }: FoldScope): SnapshotKey {
  if (tenant === undefined && categories === undefined && tags === undefined) {
    return { kind: "fold", name: projection, id: "" }
  }
  // No tenant isn't the tenant "".
  const scope = JSON.stringify([tenant ?? null, sorted(categories), sorted(tags)])
  const prefix = projection.slice(0, maxPrefix).toWellFormed()
  return { kind: "fold", name: `${prefix} ${deriveId("fold", projection, scope)}`, id: "" }
}

function sorted(names: readonly string[] | undefined): readonly string[] | null {
  return names === undefined ? null : [...new Set(names)].sort()
}
