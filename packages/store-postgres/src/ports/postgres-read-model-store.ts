import type { JsonValue, ReadModelRow, ReadModelStore } from "@annals/core"
import type { SqlRow, SqlRunner } from "../sql/sql-runner.ts"
import {
  clearModel,
  deleteRow,
  getRow,
  getRows,
  insertRow,
  replaceModel,
  saveRow,
  saveRows,
  updateRow,
} from "../statements/read-models.ts"
import { cursorAt, findPage } from "./read-model-query.ts"
import { searchableJson } from "./searchable-json.ts"

export function createPostgresReadModelStore(runner: SqlRunner, tenant: string): ReadModelStore {
  const save = (model: string, id: string, value: JsonValue, expected: number | undefined) => {
    const row = [tenant, model, id, JSON.stringify(value), searchableJson(value)]
    if (expected === undefined) return runner.run(saveRow, row)
    return expected === 0 ? runner.run(insertRow, row) : runner.run(updateRow, [...row, expected])
  }
  return {
    async get(model, id) {
      const [row] = await runner.run(getRow, [tenant, model, id])
      return row && toRow(row)
    },
    getMany: async (model, ids) => (await runner.run(getRows, [tenant, model, ids])).map(toRow),
    async save(model, id, value, { expectedVersion } = {}) {
      const [saved] = await save(model, id, value, expectedVersion)
      return saved === undefined ? "conflict" : Number(saved[0])
    },
    async saveMany(model, documents) {
      const rows = await runner.run(saveRows, [
        tenant,
        model,
        documents.map(({ id }) => id),
        documents.map(({ value }) => JSON.stringify(value)),
        documents.map(({ value }) => searchableJson(value)),
        documents.map(({ expectedVersion }) => expectedVersion),
      ])
      const versions = new Map(rows.map(([id, version]) => [id as string, Number(version)]))
      return documents.map(({ id }) => versions.get(id) ?? "conflict")
    },
    delete: async (model, id) => (await runner.run(deleteRow, [tenant, model, id])).length === 1,
    async find(model, query = {}) {
      const { limit = defaultLimit, orderBy = [] } = query
      const { statement, values } = findPage(query)
      // One more than asked for tells whether there is a next page.
      const found = await runner.run(statement, [tenant, model, limit + 1, ...values])
      const rows = found.slice(0, limit).map(toRow)
      const last = rows.at(-1)
      return { rows, next: found.length > limit && last !== undefined ? cursorAt(last, orderBy) : undefined }
    },
    async clear(model) {
      const [row] = await runner.run(clearModel, [tenant, model])
      return Number(row?.[0])
    },
    async replace(from, to) {
      await runner.run(replaceModel, [tenant, from, to])
    },
  }
}

const defaultLimit = 100

function toRow(row: SqlRow): ReadModelRow {
  const [id, version, value] = row as [string, string, string]
  return { id, version: Number(version), value: JSON.parse(value) }
}
