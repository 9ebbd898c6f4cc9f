import type { PlainEvent } from "../plain-event.ts"
import { timeOrderedIds } from "../time-ordered-id.ts"
import { arrayLiteral } from "./array-literal.ts"

/** What an event's row gets, in the order of the statements' parameters. */
export type EventValues = (string | number | null)[]

/** Serialises events and gives them ids. */
export function eventSerializer(): (event: PlainEvent) => EventValues {
  const nextId = timeOrderedIds()
  return ({ type, data, metadata, tags }) => [
    1, // schema version
    Buffer.from(nextId().buffer).toString("hex"), // PostgreSQL reads a UUID without hyphens too
    type,
    null, // correlation
    null, // causation
    JSON.stringify(metadata),
    JSON.stringify(data),
    arrayLiteral(tags),
  ]
}

/** The same values of several events, an array for each column. */
export function columnsOf(rows: readonly EventValues[]): string[] {
  const [first = []] = rows
  return first.map((_, column) => arrayLiteral(rows.map((row) => row[column] as string | number | null)))
}
