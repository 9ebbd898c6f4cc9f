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
  signal.throwIfAborted()
  const writings = keys.map((key) => ({
    projection,
    readModels,
    model,
    key,
    events: concerned.get(key) ?? [],
  }))
  const folded = writings.map((writing) => ({ writing, ...foldInto(writing, rows.get(writing.key)) }))
  const overtaken = await saveTogether(readModels, model, folded)
  for (const { writing } of overtaken) {
    signal.throwIfAborted()
    await writeAnew(writing)
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

/** What became of a document. */
interface Folded {
  readonly document: unknown
  /** As it was read. */
  readonly row: ReadModelRow | undefined
}

function foldInto({ projection, key, events }: Writing, row: ReadModelRow | undefined): Folded {
  let document: unknown = row === undefined ? undefined : changeable(row.value)
  for (const event of events) document = projection.step(document, event, key)
  return { document, row }
}

/** Saves documents only over the versions that they were read at. Returns those where somebody else's transaction was faster. */
async function saveTogether<Some extends Folded & { readonly writing: Writing }>(
  readModels: ReadModelStore,
  model: string,
  all: readonly Some[],
): Promise<readonly Some[]> {
  const kept = all.filter(({ document, row }) => !isDeleted(document) || row !== undefined)
  const outcomes = await readModels.saveMany(model, kept.map(toSave))
  const overtaken = kept.filter((_, index) => outcomes[index] === "conflict")
  for (const one of kept) {
    // A delete expects no version. It was saved first, so that nobody else can write it any more.
    if (isDeleted(one.document) && !overtaken.includes(one)) await readModels.delete(model, one.writing.key)
  }
  return overtaken
}

function toSave({ document, row, writing: { key, projection } }: Folded & { readonly writing: Writing }) {
  const value = isDeleted(document) ? null : (projection.readModel.check(document) as JsonValue)
  return { id: key, value, expectedVersion: row?.version ?? 0 }
}

const tries = 10

/** What somebody else committed is read, and the events are folded into that: nothing is overwritten. */
async function writeAnew(writing: Writing): Promise<void> {
  const { projection, readModels, model, key } = writing
  for (let attempt = 1; attempt < tries; attempt++) {
    const folded = foldInto(writing, await readModels.get(model, key))
    if ((await saveTogether(readModels, model, [{ writing, ...folded }])).length === 0) return
  }
  const message = `document "${key}" of projection "${projection.name}" is written by others all the time: try again`
  throw new AnnalsError("STORE_BUSY", message, { retryable: true })
}

/** The memory store hands out what it keeps, frozen; the others parse a value anew for each read. */
function changeable(value: JsonValue): JsonValue {
  return Object.isFrozen(value) ? structuredClone(value) : value
}
