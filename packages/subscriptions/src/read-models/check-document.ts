import { AnnalsError, type SchemaIssue, type StandardSchema } from "@annals/core"

/** What a schema makes of a document. Throws `INVALID_VALUE` with the path of what is wrong. */
export function checkDocument(schema: StandardSchema, value: unknown, model: string): unknown {
  const result = schema["~standard"].validate(value)
  if (result instanceof Promise) {
    result.catch(() => {}) // its outcome is of no interest any more, and must not end the process
    const message = `the schema of read model "${model}" is asynchronous: give one that validates at once`
    throw new AnnalsError("INVALID_OPTION", message, { path: "schema" })
  }
  if (result.issues === undefined) return result.value
  const [issue] = result.issues
  const path = `value${issue?.path?.map(describeStep).join("") ?? ""}`
  const why = issue?.message ?? "refused by its schema"
  throw new AnnalsError("INVALID_VALUE", `a document of "${model}" is invalid at ${path}: ${why}`, {
    path,
    details: result.issues,
  })
}

function describeStep(step: NonNullable<SchemaIssue["path"]>[number]): string {
  const key = typeof step === "object" ? step.key : step
  return typeof key === "number" ? `[${key}]` : `.${String(key)}`
}
