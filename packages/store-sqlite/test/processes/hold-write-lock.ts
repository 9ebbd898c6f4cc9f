// node hold-write-lock.ts FILE: appends an event and prints its id; then appends another one in a transaction that it never ends.
import { createSqliteStore } from "@annals/store-sqlite"

const store = createSqliteStore({ file: process.argv[2] as string })
const event = { type: "opened", data: null }
const { eventIds } = await store.append({ category: "account", id: "acknowledged" }, [event])
await store.transaction(async ({ events }) => {
  await events.append({ category: "account", id: "unfinished" }, [event])
  process.stdout.write(`${eventIds.join()}\n`)
  await new Promise((resolve) => process.stdin.once("close", resolve).resume())
})
