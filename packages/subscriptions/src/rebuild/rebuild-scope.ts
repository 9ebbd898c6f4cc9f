import {
  AnnalsError,
  type EventStore,
  type NewDeadLetter,
  type RecordedEvent,
  type UnitOfWork,
} from "@annals/core"
import type { StoredProjection } from "../projections/stored-projection.ts"
import type { SubscriptionDefinition } from "../subscription/subscription-definition.ts"
import { type CopyLease, inspectCopies } from "./copy-leases.ts"
import { rebuildNameOf } from "./projection-names.ts"
import { superseded } from "./superseded.ts"

/** What a rebuild works on. */
export interface RebuildScope<Tx> {
  readonly store: EventStore<Tx>
  readonly projection: StoredProjection<Tx>
  /** How the projection's subscription reads. */
  readonly definition: SubscriptionDefinition<Tx>
}

/** Events to apply, and to park, with which the rebuild's checkpoint moves. */
export interface RebuildStep {
  readonly events: readonly RecordedEvent[]
  readonly parked: readonly NewDeadLetter[]
  readonly from: number
  readonly to: number
}

/** How far an unfinished rebuild is; `undefined`: there is none. */
export async function findRebuild<Tx>(
  { checkpoints }: Pick<UnitOfWork<Tx>, "checkpoints">,
  projection: StoredProjection<Tx>,
): Promise<number | undefined> {
  const name = rebuildNameOf(projection)
  if (!(await checkpoints.list()).includes(name)) return undefined
  return (await checkpoints.load(name))[0]?.position ?? 0
}

/** The version that is live must be the one that is rebuilt. */
export async function checkLive<Tx>(
  { leases }: UnitOfWork<Tx>,
  projection: StoredProjection<Tx>,
): Promise<CopyLease | undefined> {
  const { name, version } = projection
  const { live } = await inspectCopies(leases, name)
  if (live === undefined || live.version === version) return live
  if (live.version > version) throw superseded(projection, live.version)
  const message = `version ${live.version} of projection "${name}" is live: the rows of version ${version} are being made by its subscription`
  throw new AnnalsError("INVALID_OPTION", message, { path: "version" })
}
