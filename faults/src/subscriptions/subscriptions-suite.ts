import { fileURLToPath } from "node:url"
import { checkRun } from "../check/check-run.ts"
import { type RoundResult, runRounds } from "../check/run-rounds.ts"
import type { Entry } from "../harness/child.ts"
import { type FaultSuite, isClean } from "../harness/fault-suite.ts"
import { startPostgresServer } from "../postgres/postgres-server.ts"
import { appendRecord } from "../stores/record-of-round.ts"
import { checkModel } from "./check-model.ts"
import { planRound } from "./plan.ts"
import { playRound } from "./play-round.ts"
import type { RoundPlan } from "./round-plan.ts"
import { openRoundSite, type RoundOutcome } from "./round-site.ts"

/** A round takes some ten seconds; on a machine that does much else, many more. */
const roundTimeoutMs = 240_000

const instance: Entry = [fileURLToPath(new URL("./instance.ts", import.meta.url))]

/** Three processes share subscriptions, and lose each other; each round has a schema of its own. */
export const subscriptionsSuite: FaultSuite = {
  name: "subscriptions",
  async run(options) {
    await using server = await startPostgresServer(options.folder)
    const { seed, signal } = options
    try {
      const run = await runRounds("subscriptions", options, (round) =>
        playOn(server.url, `round_${round}`, planRound(seed, round), { instance, ...(signal && { signal }) }),
      )
      if (!isClean(run.result)) server.keep()
      return run
    } catch (error) {
      if (signal?.aborted !== true) server.keep()
      throw error
    }
  },
}

/** Plays one round in a new schema of a server, and checks what came of it. */
export async function playOn(
  url: string,
  schema: string,
  plan: RoundPlan,
  options: { readonly instance: Entry; readonly signal?: AbortSignal; readonly timeoutMs?: number },
): Promise<RoundResult> {
  await using site = await openRoundSite(url, schema)
  const answers = await playRound(plan, { site, timeoutMs: roundTimeoutMs, ...options })
  return resultOf(plan, answers, await site.readOutcome())
}

function resultOf(
  { waves }: RoundPlan,
  answers: Awaited<ReturnType<typeof playRound>>,
  { stored, streams, models }: RoundOutcome,
): RoundResult {
  const appends = waves
    .flatMap(({ lanes, held }) => [...lanes.flat(), ...(held ? [held] : [])])
    .map((operation) => appendRecord(operation, answers.get(operation.name)))
  const findings = checkRun({ appends, stored, streams, readings: [], effects: [] })
  for (const model of models) checkModel(model, stored, findings)
  return { faults: waves.filter(({ fault }) => fault !== undefined).length, appends, findings }
}
