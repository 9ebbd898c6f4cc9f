import { type EventStore, type RecordedEvent, type, type UnitOfWork } from "@annals/core"
import { defineDocumentProjection, defineReadModel, type StoredProjection } from "../../src/index.ts"
import { counted } from "../subjects/counting.ts"

const numbersModel = defineReadModel("numbers", type<{ seen: number[] }>())

/** Keeps the numbers of each stream, in order: what is lost, doubled or out of order shows. */
export const numbers = numbersOf({})

export function numbersOf({
  version = 1,
  times = 1,
}: {
  readonly version?: number
  readonly times?: number
}) {
  return defineDocumentProjection("numbers", {
    version,
    into: numbersModel,
    events: [counted],
    categories: ["counter"],
    initial: () => ({ seen: [] }),
    on: {
      counted: (document, { data }) => {
        document.seen.push(data.n * times)
      },
    },
  })
}

/** What a target is asked to do. */
export interface TargetHooks {
  readonly create?: (copy: string) => unknown
  readonly apply?: (
    copy: string,
    events: readonly RecordedEvent[],
    unitOfWork: UnitOfWork<unknown>,
  ) => unknown
  readonly swap?: (from: string, unitOfWork: UnitOfWork<unknown>) => unknown
  readonly swapped?: (unitOfWork: UnitOfWork<unknown>) => unknown
}

/** The same projection, with something that happens before its target does. */
export function hooked<P extends StoredProjection>(projection: P, hooks: TargetHooks): StoredProjection {
  const { target } = projection
  return {
    ...projection,
    target: {
      ...target,
      async create(unitOfWork, copy) {
        await hooks.create?.(copy)
        await target.create(unitOfWork, copy)
      },
      async apply(unitOfWork, copy, events, signal) {
        await hooks.apply?.(copy, events, unitOfWork)
        await target.apply(unitOfWork, copy, events, signal)
      },
      async swap(unitOfWork, from, to) {
        await hooks.swap?.(from, unitOfWork)
        await target.swap(unitOfWork, from, to)
        await hooks.swapped?.(unitOfWork)
      },
    },
  }
}

/** By stream, what is read. */
export async function readNumbers(store: EventStore, copy = ""): Promise<Record<string, readonly number[]>> {
  const { rows } = await store.readModels.find(`numbers${copy}`, { limit: 1000 })
  return Object.fromEntries(rows.map(({ id, value }) => [id, (value as { seen: number[] }).seen]))
}

/** By stream, what the log says. */
export async function foldNumbers(store: EventStore, times = 1): Promise<Record<string, readonly number[]>> {
  const fold: Record<string, number[]> = {}
  for await (const { stream, data } of store.readAll({ types: ["counted"], categories: ["counter"] })) {
    const seen = fold[stream.id] ?? []
    seen.push((data as { n: number }).n * times)
    fold[stream.id] = seen
  }
  return fold
}

/** As if a bug had spoiled the rows: what only a rebuild mends. */
export async function spoil(store: EventStore, ...ids: string[]): Promise<void> {
  for (const id of ids) await store.readModels.save("numbers", id, { seen: [-1] })
}
