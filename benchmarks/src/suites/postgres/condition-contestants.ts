import type { Contestants } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import { accountName } from "../deposits/account-name.ts"
import { depositOf } from "../deposits/deposit.ts"
import { appendSequence } from "./append-sequence.ts"
import { databaseContestants } from "./database-contestants.ts"
import { openAnnalsLedger } from "./ledgers/annals-ledger.ts"
import { openBareConditionalAppender } from "./ledgers/bare-ledger.ts"
import { openDcbLedger } from "./ledgers/dcb-ledger.ts"
import type { ConditionalAppender } from "./ledgers/ledger.ts"

/** Who appends under a condition, and ourselves without one as the peer `plain`. */
export async function conditionContestants(callers: number, appends: number): Promise<Contestants> {
  const { peers, ...contestants } = await databaseContestants(
    { ours: openAnnalsLedger, bare: openBareConditionalAppender, "dcb-es": openDcbLedger },
    async (appender) => conditionalSequence(appender, callers, appends),
  )
  const { ours: plain } = await databaseContestants({ ours: openAnnalsLedger }, async (appender) =>
    appendSequence(appender, { callers, appends, events: 1 }),
  )
  return { ...contestants, peers: { plain, ...peers } }
}

/** Each caller appends to an account of its own, unless something was recorded there after what it appended last. */
function conditionalSequence(appender: ConditionalAppender, callers: number, appends: number) {
  const last = Array.from({ length: callers }, () => 0)
  const call = async (caller: number) => {
    const account = accountName(caller)
    for (let index = 0; index < appends; index++) {
      last[caller] = await appender.appendAfter(account, depositOf(index, account), last[caller] as number)
    }
  }
  return () =>
    perSecond(callers * appends, async () => {
      await Promise.all(last.map((_, caller) => call(caller)))
    })
}
