import { defineCategory, defineEvent, type EventStore, type RecordedEvent, type } from "@annals/core"
import { watch } from "../../src/index.ts"

declare const store: EventStore<{ readonly client: string }>
const opened = defineEvent("opened", type<{ owner: string }>())
const deposited = defineEvent("deposited", type<{ cents: number }>())
const accounts = defineCategory("account", [opened, deposited])

for await (const event of watch(store)) event satisfies RecordedEvent

for await (const event of watch(store, { events: accounts.events, after: "end" })) {
  if (event.type === "opened") event.data.owner satisfies string
  else event.data.cents satisfies number
}

for await (const event of watch(store, { stream: accounts.stream("alice"), after: 3 })) {
  event.stream.category satisfies "account"
  if (event.type === "deposited") event.data.cents satisfies number
}

// @ts-expect-error A stream has no end to begin at.
watch(store, { stream: accounts.stream("alice"), after: "end" })
// @ts-expect-error What is watched has no end.
watch(store, { until: 3 })
