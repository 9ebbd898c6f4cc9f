import type { JsonValue, ReadModelRow, ReadModelStore } from "@annals/core"
import type { DocumentScan } from "./document-query.ts"
import type { DocumentReader, ReadModel, ReadModelDocument, ReadModelRepository } from "./read-model.ts"
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
    findAll: (query = {}) => readerOf(() => allOf(repository, query)),
  }
  return repository
}

async function* allOf<Value>(
  repository: ReadModelRepository<Value>,
  { pageSize, ...query }: DocumentScan<Value>,
): AsyncGenerator<ReadModelDocument<Value>, void> {
  const limit = pageSize === undefined ? {} : { limit: pageSize }
  let after: string | undefined
  do {
    const page = await repository.find({ ...query, ...limit, ...(after !== undefined && { after }) })
    yield* page.documents
    after = page.next
  } while (after !== undefined)
}

function readerOf<Value>(read: () => AsyncGenerator<ReadModelDocument<Value>, void>): DocumentReader<Value> {
  return {
    [Symbol.asyncIterator]: read,
    async toArray() {
      const documents: ReadModelDocument<Value>[] = []
      for await (const document of read()) documents.push(document)
      return documents
    },
  }
}

/** What was saved as this type is read as it. */
function typed<Value>(row: ReadModelRow): ReadModelDocument<Value> {
  return row as ReadModelDocument<Value>
}
