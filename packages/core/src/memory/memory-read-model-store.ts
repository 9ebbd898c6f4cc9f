import type { NewReadModelRow, ReadModelRow, ReadModelStore } from "../ports/read-model-store.ts"
import type { TableAccess } from "./memory-ports.ts"
import { findRows } from "./memory-read-model-query.ts"
import { keyOf } from "./memory-table.ts"
import type { MemoryTables } from "./memory-tables.ts"

type Rows = MemoryTables["readModels"]

export function createMemoryReadModelStore({ read, write }: TableAccess): ReadModelStore {
  return {
    get: (model, id) => read(({ readModels }) => getRow(readModels, model, id)),
    getMany: (model, ids) =>
      read(({ readModels }) => {
        const rows = [...new Set(ids)].map((id) => getRow(readModels, model, id))
        return rows.filter((row) => row !== undefined)
      }),
    save: (model, id, value, { expectedVersion } = {}) =>
      write(({ readModels }) => saveRow(readModels, model, { id, value, expectedVersion })),
    saveMany: (model, documents) =>
      write(({ readModels }) => documents.map((document) => saveRow(readModels, model, document))),
    delete: (model, id) =>
      write(({ readModels }) => {
        const isThere = getRow(readModels, model, id) !== undefined
        readModels.delete(keyOf(model, id))
        return isThere
      }),
    find: (model, query = {}) =>
      read(({ readModels }) => findRows(rowsOf(readModels, model).map(withoutModel), query)),
    clear: (model) => write(({ readModels }) => clear(readModels, model)),
    replace: (from, to) =>
      write(({ readModels }) => {
        const rows = rowsOf(readModels, from)
        clear(readModels, to)
        clear(readModels, from)
        for (const row of rows) readModels.set(keyOf(to, row.id), { ...row, model: to })
      }),
  }
}

interface RowToSave extends Omit<NewReadModelRow, "expectedVersion"> {
  readonly expectedVersion: number | undefined
}

function saveRow(rows: Rows, model: string, { id, value, expectedVersion }: RowToSave): number | "conflict" {
  const current = getRow(rows, model, id)?.version ?? 0
  if (expectedVersion !== undefined && expectedVersion !== current) return "conflict"
  rows.set(keyOf(model, id), { model, id, version: current + 1, value })
  return current + 1
}

function getRow(rows: Rows, model: string, id: string): ReadModelRow | undefined {
  const row = rows.get(keyOf(model, id))
  return row && withoutModel(row)
}

function withoutModel({ id, version, value }: ReadModelRow): ReadModelRow {
  return { id, version, value }
}

function rowsOf(rows: Rows, model: string) {
  return [...rows.rows()].filter((row) => row.model === model)
}

function clear(rows: Rows, model: string): number {
  const found = rowsOf(rows, model)
  for (const { id } of found) rows.delete(keyOf(model, id))
  return found.length
}
