// `pnpm example counter`: four parts, one file each, on one store.
import { createSqliteStore } from "@annals/store-sqlite"
import { fold } from "./fold.ts"
import { snapshot } from "./snapshot.ts"
import { watchFor } from "./watch.ts"
import { writeAndRead } from "./write-and-read.ts"

await using store = createSqliteStore({ file: ":memory:" })

console.log("1. Write and read")
await writeAndRead(store)

console.log("\n2. Fold")
await fold(store)

console.log("\n3. Watch")
await watchFor(store)

console.log("\n4. Snapshot")
await snapshot(store)
