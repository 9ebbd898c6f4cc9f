import { AnnalsError, checkName, type SchemaOutput, type StandardSchema } from "@annals/core"
import { checkDocument } from "./check-document.ts"
import { createReadModelRepository } from "./create-read-model-repository.ts"
import type { ReadModel } from "./read-model.ts"

/**
 * Defines a read model by its name and the schema of its documents: any Standard Schema that answers at once, or core's `type<…>()`, which
 * only the compiler checks. What is saved goes through the schema; what is read doesn't. Throws `INVALID_NAME`, `INVALID_OPTION`.
 *
 * @example
 * const people = defineReadModel("people", type<{ name: string; age: number }>())
 * await people.in(store).save("alice", { name: "Alice", age: 30 })
 * const { documents } = await people.in(store).find({ where: { age: { ">=": 18 } } })
 */
export function defineReadModel<const Name extends string, Schema extends StandardSchema>(
  name: Name,
  schema: Schema,
): ReadModel<Name, SchemaOutput<Schema>> {
  type Value = SchemaOutput<Schema>
  checkModelName(name)
  if (typeof schema?.["~standard"]?.validate !== "function") {
    const message = `the schema of read model "${name}" must be a Standard Schema, or type<…>()`
    throw new AnnalsError("INVALID_OPTION", message, { path: "schema" })
  }
  const readModel: ReadModel<Name, Value> = {
    name,
    in: ({ readModels }) => createReadModelRepository(readModel, readModels),
    check: (value) => checkDocument(schema, value, name) as Value,
  }
  return Object.freeze(readModel)
}

/** The names of copies, which a rebuild fills, have an @ in them. */
function checkModelName(name: string): void {
  if (!checkName(name, "model").includes("@")) return
  throw new AnnalsError("INVALID_NAME", "a read model's name must not contain @", { path: "model" })
}
