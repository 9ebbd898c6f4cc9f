import type { Entry } from "../harness/child.ts"
import { FaultRunError } from "../harness/fault-run-error.ts"
import type { BusRecord } from "./bus-record.ts"
import { Round } from "./round.ts"
import type { RoundPlan } from "./round-plan.ts"
import type { RoundSite } from "./round-site.ts"

/** What the processes of a round run. */
export interface Entries {
  readonly publisher: Entry
  readonly consumer: Entry
}

export interface PlayOptions {
  readonly site: RoundSite
  readonly entries: Entries
  readonly signal?: AbortSignal
  /** A round that takes longer hangs: it is given up, and says where it stood. */
  readonly timeoutMs: number
}

/** Plays a plan with real processes on a real broker. All of them are gone when it settles. */
export async function playRound(
  plan: RoundPlan,
  { site, entries, timeoutMs, signal: given }: PlayOptions,
): Promise<BusRecord> {
  const giveUp = new AbortController()
  const over = new AbortController()
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = AbortSignal.any([giveUp.signal, timeout, ...(given ? [given] : [])])
  const round = new Round(plan, site, signal)
  const running = [
    ...round.publishers.map((publisher) => publisher.run(entries.publisher)),
    ...round.consumers.map((consumer) => consumer.run(entries.consumer)),
    round.watch.run(AbortSignal.any([signal, over.signal])),
    round.play().finally(() => over.abort()),
  ]
  try {
    await Promise.all(running)
    return round.record
  } catch (error) {
    const where = round.state
    giveUp.abort(error)
    await Promise.allSettled(running)
    if (timeout.aborted) throw new FaultRunError(`a round didn't end within ${timeoutMs} ms:${where}`)
    throw error
  }
}
