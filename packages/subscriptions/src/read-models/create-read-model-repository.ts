import type { JsonValue, ReadModelRow, ReadModelStore } from "@annals/core"
import type { ReadModel, ReadModelDocument, ReadModelRepository } from "./read-model.ts"
import { translateQuery } from "./translate-query.ts"

type Options = { readonly expectedVersion?: number }

export function createReadModelRepository<Value>(
  { name, check }: Pick<ReadModel<string, Value>, "name" | "check">,
  store: ReadModelStore,
): ReadModelRepository<Value> {
  const repository: ReadModelRepository<Value> = {
    async get(id) {
      const row = await store.get(name, id)
      return row && typed<Value>(row)
    },
    async getMany(ids) {
      const rows = await store.getMany(name, ids)
      return new Map(rows.map((row) => [row.id, typed<Value>(row)]))
    },
    // Without an expected version there is no conflict: the overloads say so.
    save: (async (id: string, value: Value, options?: Options) =>
      store.save(name, id, check(value) as JsonValue, options)) as ReadModelRepository<Value>["save"],
    delete: (id) => store.delete(name, id),
    async find(query = {}) {
      const { rows, next } = await store.find(name, translateQuery(query))
      return { documents: rows.map((row) => typed<Value>(row)), next }
    },
    async *findAll({ pageSize, ...query } = {}) {
      const limit = pageSize === undefined ? {} : { limit: pageSize }
      let after: string | undefined
      do {
        const page = await repository.find({ ...query, ...limit, ...(after !== undefined && { after }) })
        yield* page.documents
        after = page.next
      } while (after !== undefined)
    },
  }
  return repository
}

/** What was saved as this type is read as it. */
function typed<Value>(row: ReadModelRow): ReadModelDocument<Value> {
  return row as ReadModelDocument<Value>
}
