import { AnnalsError } from "../errors/annals-error.ts"
import type { SchemaIssue, StandardSchema } from "./standard-schema.ts"

/** Runs a schema over an event's data and returns what it makes of it. Throws `INVALID_EVENT` with the path of the bad value. */
export function validateData(schema: StandardSchema, data: unknown, eventType: string): unknown {
  const result = schema["~standard"].validate(data)
  if (result instanceof Promise) {
    result.catch(() => {}) // its outcome is of no interest any more, and must not end the process
    throw new AnnalsError(
      "INVALID_EVENT",
      `the schema of "${eventType}" is asynchronous: give one that validates at once`,
    )
  }
  if (result.issues === undefined) return result.value
  const [issue] = result.issues
  const path = issue === undefined ? "data" : describePath(issue)
  throw new AnnalsError(
    "INVALID_EVENT",
    `"${eventType}" is invalid at ${path}: ${issue?.message ?? "refused by its schema"}`,
    {
      path,
      details: result.issues,
    },
  )
}

function describePath(issue: SchemaIssue): string {
  let path = "data"
  for (const part of issue.path ?? []) {
    const key = typeof part === "object" ? part.key : part
    path += typeof key === "number" ? `[${key}]` : `.${String(key)}`
  }
  return path
}
