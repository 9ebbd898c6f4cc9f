import {
  AnnalsError,
  type JsonValue,
  type ReadModelRow,
  type ReadModelStore,
  type RecordedEvent,
  type UnitOfWork,
} from "@annals/core"
import { copyName } from "./copy-name.ts"
import { type DocumentProjection, isDeleted } from "./document-projection.ts"
import type { ProjectionTarget } from "./projection-target.ts"

type Documents = Pick<DocumentProjection, "name" | "readModel" | "initial" | "step" | "keysOf">

/** Keeps a projection's documents in the store's read models, those of each tenant apart. */
export function createDocumentTarget(projection: Documents): ProjectionTarget {
  const modelOf = (copy: string) => copyName(projection.readModel.name, copy, "@")
  const clear = (unitOfWork: UnitOfWork<unknown>, copy: string) =>
    inEachTenant(unitOfWork, async ({ readModels }) => void (await readModels.clear(modelOf(copy))))
  return {
    create: clear,
    drop: clear,
    swap: (unitOfWork, from, to) =>
      inEachTenant(unitOfWork, ({ readModels }) => readModels.replace(modelOf(from), modelOf(to))),
    async apply(unitOfWork, copy, events, signal) {
      const byTenant = Map.groupBy(events, ({ tenant }) => tenant)
      for (const tenant of [...byTenant.keys()].sort()) {
        const { readModels } = ofTenant(unitOfWork, tenant)
        const own = byTenant.get(tenant) as readonly RecordedEvent[]
        await applyToModel(projection, readModels, modelOf(copy), own, signal)
      }
    },
  }
}

/** Of a tenant that has no events there are no documents. */
async function inEachTenant(
  unitOfWork: UnitOfWork<unknown>,
  run: (unitOfWork: UnitOfWork<unknown>) => Promise<void>,
): Promise<void> {
  const { tenant, listTenants } = unitOfWork.events
  const tenants = tenant === undefined ? new Set(["", ...(await listTenants())]) : [tenant]
  for (const one of tenants) await run(ofTenant(unitOfWork, one))
}

function ofTenant(unitOfWork: UnitOfWork<unknown>, tenant: string): UnitOfWork<unknown> {
  return tenant === (unitOfWork.events.tenant ?? "") ? unitOfWork : unitOfWork.forTenant(tenant)
}

async function applyToModel(
  projection: Documents,
  readModels: ReadModelStore,
  model: string,
  events: readonly RecordedEvent[],
  signal: AbortSignal,
): Promise<void> {
  const concerned = groupByKey(projection, events)
  // In one order everywhere: transactions that write the same documents wait for each other, and never in a circle.
  const keys = [...concerned.keys()].sort()
  const rows = new Map((await readModels.getMany(model, keys)).map((row) => [row.id, row]))
  for (const key of keys) {
    signal.throwIfAborted()
    const given = concerned.get(key) as readonly RecordedEvent[]
    await writeDocument({ projection, readModels, model, key, events: given }, rows.get(key))
  }
}

function groupByKey(projection: Documents, events: readonly RecordedEvent[]) {
  const groups = new Map<string, RecordedEvent[]>()
  for (const event of events) {
    for (const key of projection.keysOf(event)) {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [event])
      else group.push(event)
    }
  }
  return groups
}

interface Writing {
  readonly projection: Documents
  readonly readModels: ReadModelStore
  readonly model: string
  readonly key: string
  readonly events: readonly RecordedEvent[]
}

const tries = 10

/**
 * Folds the events into a document and saves it, only over the version that it was read at. Where somebody else's transaction was faster, what it
 * committed is read and the events are folded into that: nothing is overwritten.
 */
async function writeDocument(writing: Writing, read: ReadModelRow | undefined): Promise<void> {
  const { projection, readModels, model, key } = writing
  let row = read
  for (let attempt = 1; attempt <= tries; attempt++) {
    if ((await writeOver(writing, row)) !== "conflict") return
    row = await readModels.get(model, key)
  }
  const message = `document "${key}" of projection "${projection.name}" is written by others all the time: try again`
  throw new AnnalsError("STORE_BUSY", message, { retryable: true })
}

async function writeOver(
  { projection, readModels, model, key, events }: Writing,
  row: ReadModelRow | undefined,
): Promise<unknown> {
  let document: unknown = row === undefined ? undefined : changeable(row.value)
  for (const event of events) document = projection.step(document, event, key)
  if (!isDeleted(document)) {
    const value = projection.readModel.check(document) as JsonValue
    return readModels.save(model, key, value, { expectedVersion: row?.version ?? 0 })
  }
  if (row === undefined) return undefined
  // A delete expects no version. Saving first makes sure that the document is the one that was read, and nobody else can write it any more.
  const saved = await readModels.save(model, key, row.value, { expectedVersion: row.version })
  return saved === "conflict" ? saved : readModels.delete(model, key)
}

/** The memory store hands out what it keeps, frozen; the others parse a value anew for each read. */
function changeable(value: JsonValue): JsonValue {
  return Object.isFrozen(value) ? structuredClone(value) : value
}
