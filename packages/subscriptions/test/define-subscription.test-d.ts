import type { DatabaseSync } from "node:sqlite"
import { defineEvent, type RecordedEvent, type } from "@annals/core"
import { defineSubscription, type SubscriptionDefinition, type TransactionContext } from "../src/index.ts"

const opened = defineEvent("opened", type<{ owner: string }>())
const deposited = defineEvent("deposited", type<{ cents: number }>())

defineSubscription("typed", {
  events: [opened, deposited],
  handle(event, { signal, attempt }) {
    if (event.type === "opened") event.data.owner satisfies string
    else event.data.cents satisfies number
    signal satisfies AbortSignal
    attempt satisfies number
  },
})

defineSubscription("any event", { handle: (event) => void (event satisfies RecordedEvent) })

defineSubscription("batch", {
  events: [opened],
  handleBatch: async (events) => void events.map(({ data }) => data.owner satisfies string),
})

defineSubscription("transactional", {
  events: [deposited],
  transactional: true,
  handle: async (event, { unitOfWork }) =>
    void (await unitOfWork.readModels.get("m", String(event.data.cents))),
})

// @ts-expect-error: no unit of work without a transaction
defineSubscription("at least once", { events: [deposited], handle: (_event, { unitOfWork }) => unitOfWork })

// @ts-expect-error: one handler, not two
defineSubscription("both", { handle: () => {}, handleBatch: () => {} })

// @ts-expect-error: not a type of these events
defineSubscription("foreign", { events: [opened], handle: (event) => void (event.type === "closed") })

const onSqlite: SubscriptionDefinition<DatabaseSync> = defineSubscription("sql", {
  events: [deposited],
  transactional: true,
  handle: (_event, { unitOfWork }: TransactionContext<DatabaseSync>) => void unitOfWork.tx.exec("SELECT 1"),
})
onSqlite satisfies SubscriptionDefinition<DatabaseSync>
