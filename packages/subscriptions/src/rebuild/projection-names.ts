import type { StoredProjection } from "../projections/stored-projection.ts"

/** Which version of which projection. */
export type ProjectionVersion = Pick<StoredProjection, "name" | "version">

/** The subscription that keeps a projection up to date: each version has one of its own, with its own checkpoint and dead letters. */
export function subscriptionNameOf({ name, version }: ProjectionVersion): string {
  return version === 1 ? name : `${name}@${version}`
}

/** Under which a rebuild keeps its checkpoint, its dead letters and its lease. */
export function rebuildNameOf(projection: ProjectionVersion): string {
  return `${subscriptionNameOf(projection)}/rebuild`
}

/** The copy that a rebuild fills. */
export const rebuildCopy = "rebuild"
