import type { JsonValue, ReadModelRow, ReadModelStore } from "@annals/core"
import type { Connection } from "../connection.ts"
import {
  clearModel,
  deleteRow,
  getRow,
  getRows,
  insertRow,
  renameModel,
  saveRow,
  updateRow,
} from "../statements/read-models.ts"
import type { PortAccess } from "./port-access.ts"
import { cursorAt, findPage } from "./read-model-query.ts"

export function createSqliteReadModelStore(tenant: string, { read, write }: PortAccess): ReadModelStore {
  const save = (
    connection: Connection,
    model: string,
    id: string,
    value: JsonValue,
    expected: number | undefined,
  ) => {
    const row = [tenant, model, id, JSON.stringify(value)]
    const saved =
      expected === undefined
        ? connection.get<[number]>(saveRow, ...row)
        : expected === 0
          ? connection.get<[number]>(insertRow, ...row)
          : connection.get<[number]>(updateRow, ...row, expected)
    return saved?.[0] ?? "conflict"
  }

  return {
    get: (model, id) =>
      read((connection) => {
        const row = connection.get<ModelRow>(getRow, tenant, model, id)
        return row && toRow(row)
      }),
    getMany: (model, ids) =>
      read((connection) => connection.all<ModelRow>(getRows, tenant, model, JSON.stringify(ids)).map(toRow)),
    save: (model, id, value, { expectedVersion } = {}) =>
      write((connection) => save(connection, model, id, value, expectedVersion)),
    saveMany: (model, documents) =>
      write((connection) =>
        documents.map(({ id, value, expectedVersion }) =>
          save(connection, model, id, value, expectedVersion),
        ),
      ),
    delete: (model, id) => write((connection) => connection.run(deleteRow, tenant, model, id) === 1),
    find: (model, query = {}) =>
      read((connection) => {
        const { limit = defaultLimit, orderBy = [] } = query
        const { sql, params } = findPage(query)
        // One more than asked for tells whether there is a next page.
        const found = connection.all<ModelRow>(sql, tenant, model, limit + 1, ...params).map(toRow)
        const rows = found.slice(0, limit)
        const last = rows.at(-1)
        return {
          rows,
          next: found.length > limit && last !== undefined ? cursorAt(last, orderBy) : undefined,
        }
      }),
    clear: (model) => write((connection) => connection.run(clearModel, tenant, model)),
    replace: (from, to) =>
      write((connection) => {
        connection.run(clearModel, tenant, to)
        connection.run(renameModel, tenant, from, to)
      }),
  }
}

const defaultLimit = 100

type ModelRow = [id: string, version: number, value: string]

function toRow([id, version, value]: ModelRow): ReadModelRow {
  return { id, version, value: JSON.parse(value) }
}
