import { perSecond } from "../../harness/time.ts"
import type { Bank } from "./banks/bank.ts"
import type { CoreParameters } from "./core-parameters.ts"

/** Commands a second. Each round has streams of its own, so that they are as long in each. */
export function executeRound(
  bank: Bank,
  { commands, streams }: Pick<CoreParameters, "commands" | "streams">,
): () => Promise<number> {
  let round = 0
  return () => {
    round++
    return perSecond(commands, async () => {
      for (let command = 0; command < commands; command++) {
        const id = `account-${round}-${command % streams}`
        if (command < streams) await bank.open(id, "Alice")
        else await bank.deposit(id, 100)
      }
    })
  }
}
