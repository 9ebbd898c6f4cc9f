import { copyJson } from "../../events/copy-json.ts"
import { checkName } from "../../streams/validate-name.ts"
import type { NewReadModelRow, ReadModelStore } from "../read-model-store.ts"
import { checkEach, checkObject, checkWhole, invalidOption } from "./check-input.ts"
import { checkReadModelQuery } from "./check-read-model-query.ts"
import type { PortGuard } from "./port-guard.ts"

/** A backend gets values that JSON carries exactly, each id once, and the limit of a query. */
export function frontReadModelStore(store: ReadModelStore, { read, write }: PortGuard): ReadModelStore {
  return {
    async get(model, id) {
      checkKey(model, id)
      return read(() => store.get(model, id))
    },
    async getMany(model, ids) {
      checkName(model, "model")
      const wanted = [...new Set(checkEach(ids, "ids", checkName))]
      return read(async () => (wanted.length === 0 ? [] : store.getMany(model, wanted)))
    },
    async save(model, id, value, { expectedVersion } = {}) {
      checkKey(model, id)
      const copy = copyJson(value, "value")
      if (expectedVersion === undefined) return write(() => store.save(model, id, copy))
      checkWhole(expectedVersion, "expectedVersion", 0)
      return write(() => store.save(model, id, copy, { expectedVersion }))
    },
    async saveMany(model, documents) {
      checkName(model, "model")
      const copies = checkEach(documents, "documents", checkDocument)
      checkOnce(copies)
      return write(async () => (copies.length === 0 ? [] : store.saveMany(model, copies)))
    },
    async delete(model, id) {
      checkKey(model, id)
      return write(() => store.delete(model, id))
    },
    async find(model, query = {}) {
      checkName(model, "model")
      const checked = checkReadModelQuery(query)
      return read(() => store.find(model, checked))
    },
    async clear(model) {
      checkName(model, "model")
      return write(() => store.clear(model))
    },
    async replace(from, to) {
      checkName(from, "from")
      checkName(to, "to")
      if (from === to) throw invalidOption("to", "must be another model than from")
      return write(() => store.replace(from, to))
    },
  }
}

function checkDocument(document: NewReadModelRow, path: string): NewReadModelRow {
  const { id, value, expectedVersion } = checkObject(document, path)
  checkName(id, `${path}.id`)
  checkWhole(expectedVersion, `${path}.expectedVersion`, 0)
  return { id, value: copyJson(value, `${path}.value`), expectedVersion }
}

function checkOnce(documents: readonly NewReadModelRow[]): void {
  const ids = new Set<string>()
  for (const [index, { id }] of documents.entries()) {
    if (ids.has(id)) throw invalidOption(`documents[${index}].id`, "must occur once: this id is there before")
    ids.add(id)
  }
}

function checkKey(model: string, id: string): void {
  checkName(model, "model")
  checkName(id, "id")
}
