import { fileURLToPath } from "node:url"
import { Findings } from "../check/findings.ts"
import type { AppendRecord } from "../check/run-record.ts"
import { type RoundResult, runRounds } from "../check/run-rounds.ts"
import type { Entry } from "../harness/child.ts"
import { FaultRunError } from "../harness/fault-run-error.ts"
import { type FaultSuite, isClean } from "../harness/fault-suite.ts"
import { startBroker } from "./broker-server.ts"
import { checkBus } from "./check-bus.ts"
import { type Broker, type BusLocation, brokers } from "./open-bus.ts"
import { planRound } from "./plan.ts"
import { type Entries, playRound } from "./play-round.ts"
import { publisherNames, type RoundPlan } from "./round-plan.ts"
import { openRoundSite, type RoundSite } from "./round-site.ts"

/** A round takes some ten seconds; on a machine that does much else, many more. */
const roundTimeoutMs = 240_000

export const entries: Entries = { publisher: entry("./publisher.ts"), consumer: entry("./consumer.ts") }

/** Publishers and consumers, which are killed, on a broker, which is killed as well; one suite for each broker. */
export const busSuites: readonly FaultSuite[] = brokers.map(busSuite)

function busSuite(broker: Broker): FaultSuite {
  const name = `bus-${broker}`
  return {
    name,
    async run(options) {
      const { seed, signal, folder } = options
      await using server = await startBroker(broker, folder)
      try {
        const run = await runRounds(name, options, async (round) => {
          const location = { broker, url: server.url, topic: `round-${round}`, ...clientOf(broker) }
          await using site = await openRoundSite(location, folder, server)
          return await playOn(site, planRound(seed, round), { entries, ...(signal && { signal }) })
        })
        if (!isClean(run.result)) server.keep()
        return run
      } catch (error) {
        if (signal?.aborted !== true) server.keep()
        throw error
      }
    },
  }
}

/** Kafka's client, by the environment. */
function clientOf(broker: Broker): Pick<BusLocation, "client"> {
  const client = process.env.ANNALS_KAFKA_CLIENT ?? "kafkajs"
  if (broker !== "kafka" || client === "kafkajs") return {}
  if (client === "platformatic") return { client }
  throw new FaultRunError(`ANNALS_KAFKA_CLIENT must be kafkajs or platformatic, not "${client}"`)
}

/** Plays one round, and checks what came of it. */
export async function playOn(
  site: RoundSite,
  plan: RoundPlan,
  options: { readonly entries: Entries; readonly signal?: AbortSignal; readonly timeoutMs?: number },
): Promise<RoundResult> {
  const record = await playRound(plan, { site, timeoutMs: roundTimeoutMs, ...options })
  const findings = new Findings()
  checkBus(record, findings)
  return { faults: plan.waves.flatMap(({ faults }) => faults).length, appends: appendsOf(plan), findings }
}

/** A round ends only when everything is acknowledged. */
function appendsOf({ waves }: RoundPlan): AppendRecord[] {
  const lanes = waves.flatMap((wave) => publisherNames.flatMap((name) => wave.lanes[name]))
  return lanes.flat().map(({ name, events }) => ({
    name,
    lane: name.slice(0, name.lastIndexOf(".")),
    facts: events.map(({ id, stream, version }) => ({ fact: `${stream}#${version}`, id, stream })),
    outcome: "acknowledged",
  }))
}

function entry(path: string): Entry {
  return [fileURLToPath(new URL(path, import.meta.url))]
}
