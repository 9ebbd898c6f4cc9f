import type { AppendBatch, EventQuery } from "@annals/core"
import { breakAppend } from "./break-driver.ts"
import type { BrokenStore } from "./broken-store.ts"

const related = [
  "append on a condition",
  "names",
  "tenants",
  "a unit of work",
  "the before hook of an append",
]

function changed(
  batch: AppendBatch,
  change: (condition: NonNullable<AppendBatch["condition"]>) => AppendBatch["condition"],
): AppendBatch {
  return batch.condition ? { ...batch, condition: change(batch.condition) } : batch
}

function asking(rewrite: (query: EventQuery) => EventQuery): NonNullable<BrokenStore["breakDriver"]> {
  return (driver) =>
    breakAppend(driver, (batch, append) =>
      append(changed(batch, ({ query, after }) => ({ query: rewrite(query), after }))),
    )
}

export const conditionOffByOne: BrokenStore = {
  fault: "overlooks the very next event after the position of a condition",
  trap: 7,
  breakDriver: (driver) =>
    breakAppend(driver, (batch, append) =>
      append(changed(batch, ({ query, after }) => ({ query, after: after + 1 }))),
    ),
  foundBy: "sees the very next event after the position",
  alsoFails: related,
}

export const conditionOnAnyTag: BrokenStore = {
  fault: "matches an event that has one of an item's tags",
  trap: 7,
  breakDriver: asking((query) =>
    query.flatMap(({ tags, ...item }) => tags?.map((tag) => ({ ...item, tags: [tag] })) ?? [item]),
  ),
  foundBy: "accepts when the query asks for one of its tags, and one that it hasn't",
  alsoFails: related,
}

export const conditionWithoutTags: BrokenStore = {
  fault: "ignores the tags of a condition that has types",
  trap: 7,
  breakDriver: asking((query) => query.map(({ types, tags }) => (types ? { types } : tags ? { tags } : {}))),
  foundBy: "accepts when the query asks for its type and another's tag",
  alsoFails: related,
}

export const conditionRefusesUnrelated: BrokenStore = {
  fault: "refuses a condition because of any event after its position",
  trap: 7,
  breakDriver: asking(() => []),
  foundBy: "isn't refused because of unrelated events",
  alsoFails: related,
}

export const conditionRaces: BrokenStore = {
  fault: "looks for the condition first, and inserts a moment later",
  trap: 7,
  breakDriver: (driver) =>
    breakAppend(driver, async (batch, append, session) => {
      if (!batch.condition) return append(batch)
      const outcome = await checkAlone(batch, session)
      await new Promise(setImmediate)
      return outcome ?? append({ ...batch, condition: undefined })
    }),
  foundBy: "lets one of twenty win that race on the same condition",
  alsoFails: [...related, "append with the ids of an earlier append"],
}

async function checkAlone(
  { tenant, condition }: AppendBatch,
  session: Parameters<Parameters<typeof breakAppend>[1]>[2],
) {
  if (!condition) return undefined
  const range = { direction: "forward", from: condition.after, limit: 1 } as const
  const [event] = (await session.readAll({ tenant, query: condition.query }, range)).events
  return event && ({ status: "condition-failed", position: event.position } as const)
}
