import type { Entry } from "../harness/child.ts"
import { FaultRunError } from "../harness/fault-run-error.ts"
import type { Answer } from "../stores/operation.ts"
import { Round } from "./round.ts"
import type { RoundPlan } from "./round-plan.ts"
import type { RoundSite } from "./round-site.ts"

export interface PlayOptions {
  readonly site: RoundSite
  /** What the process of an instance runs. */
  readonly instance: Entry
  readonly signal?: AbortSignal
  /** A round that takes longer hangs: it is given up, and says where it stood. */
  readonly timeoutMs: number
}

/** How each operation came out. */
export type Answers = ReadonlyMap<string, Answer>

/** Plays a plan with real processes. All of them are gone when it settles. */
export async function playRound(plan: RoundPlan, options: PlayOptions): Promise<Answers> {
  const giveUp = new AbortController()
  const over = new AbortController()
  const timeout = AbortSignal.timeout(options.timeoutMs)
  const signal = AbortSignal.any([giveUp.signal, timeout, ...(options.signal ? [options.signal] : [])])
  const round = new Round(plan, options.site, signal)
  const running = [
    ...round.instances.map((instance) => instance.run(options.instance)),
    round.watch.run(AbortSignal.any([signal, over.signal])),
    round.play().finally(() => over.abort()),
  ]
  try {
    await Promise.all(running)
    return round.answers
  } catch (error) {
    const where = round.state
    giveUp.abort(error)
    await Promise.allSettled(running)
    if (timeout.aborted) throw new FaultRunError(`a round didn't end within ${options.timeoutMs} ms:${where}`)
    throw error
  }
}
