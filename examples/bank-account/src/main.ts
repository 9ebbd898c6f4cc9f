// `pnpm example bank-account`: one account, used through all three styles, in one SQLite store.
import { createRepository, isRefused } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import { Account } from "./account-as-class.ts"
import { accountDecider } from "./account-as-decider.ts"
import { declaredAccount } from "./account-declared.ts"
import { accounts } from "./account-events.ts"
import { formatMoney, parseMoney } from "./money.ts"

await using store = createSqliteStore({ file: ":memory:" })
const throughDecider = createRepository(store, accountDecider)
const throughDeclaration = createRepository(store, declaredAccount)
const throughClass = createRepository(store, Account)

await throughDecider.execute("alice", "open", { owner: "Alice", overdraft: parseMoney("50") })
await throughDeclaration.execute("alice", "deposit", { amount: parseMoney("0.10") })
await throughClass.execute("alice", "deposit", { amount: parseMoney("0.20") })

try {
  await throughClass.execute("alice", "withdraw", { amount: parseMoney("50.31") })
} catch (error) {
  if (!isRefused(error, "insufficient-funds")) throw error
  console.log("refused:", error.reason, error.details)
}

await throughDeclaration.execute("alice", "deposit", { amount: parseMoney("999.70") })
await throughDecider.execute("alice", "creditInterest", { basisPoints: 125 })

for await (const event of store.readStream(accounts.stream("alice"))) {
  console.log(String(event.version).padStart(2), event.type.padEnd(17), JSON.stringify(event.data))
}

console.log("\nThe same stream, folded in three styles:")
console.log("decider     ", formatMoney((await throughDecider.load("alice")).state.balance))
console.log("declaration ", formatMoney((await throughDeclaration.load("alice")).state.balance))
console.log("class       ", formatMoney((await throughClass.load("alice")).balance))
