// A process that appends events at a steady rate, each to a stream of its own, whether or not those before are through.

import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { setTimeout as delay } from "node:timers/promises"
import type { Deposit } from "../../deposits/deposit.ts"
import { monotonicMs } from "./latencies.ts"
import type { WriterJob } from "./writer-job.ts"
import { openWriter } from "./writers.ts"

const [{ contestant, url, eventsPerSecond, count }] = (await once(process, "message")) as [WriterJob]
{
  await using appender = await openWriter(contestant, url)
  const appends: Promise<void>[] = []
  const start = monotonicMs()
  for (let index = 0; index < count; index++) {
    const due = start + (index * 1000) / eventsPerSecond
    const early = due - monotonicMs()
    if (early > 0) await delay(early)
    const account = `account-${randomUUID()}`
    const deposit: Deposit = { account, cents: index, currency: "EUR", reference: `${monotonicMs()}` }
    appends.push(appender.append(account, [deposit], 0))
  }
  await Promise.all(appends)
}
process.disconnect()
