// node leave-open.ts FILE HOW: uses a store in some way, never closes it, and prints "done".
import { createSqliteStore } from "@annals/store-sqlite"

const [file = "", how = ""] = process.argv.slice(2)
const store = createSqliteStore({ file })
const stream = { category: "account", id: "alice" }
const event = { type: "opened", data: null }

const uses: Readonly<Record<string, () => Promise<unknown>>> = {
  "to append and read": async () => {
    await store.append(stream, [event])
    await store.readAll().toArray()
  },
  "and listens to it": async () => {
    store.wakeUps.listen(() => {})
    await store.append(stream, [event])
  },
  "and leaves a read in the middle": async () => {
    await store.append(stream, [event, event, event])
    await store.readAll({ pageSize: 1 })[Symbol.asyncIterator]().next()
  },
  "in ways that failed": async () => {
    await store.append(stream, [event], { expected: 7 }).catch(() => {})
    await store.transaction(() => Promise.reject(new Error("no"))).catch(() => {})
    const missing = createSqliteStore({ file: `${file}/missing/store.db` })
    await missing.append(stream, [event]).catch(() => {})
  },
}
await uses[how]?.()
process.stdout.write("done")
