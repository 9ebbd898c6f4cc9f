import { fileURLToPath } from "node:url"
import { usingService } from "@annals/services"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type BrokerServer, startBroker } from "../../src/bus/broker-server.ts"
import { entries, playOn } from "../../src/bus/bus-suites.ts"
import { planRound } from "../../src/bus/plan.ts"
import type { ConsumerFault, RoundPlan } from "../../src/bus/round-plan.ts"
import { openRoundSite } from "../../src/bus/round-site.ts"
import type { FindingKind } from "../../src/check/findings.ts"
import type { RoundResult } from "../../src/check/run-rounds.ts"
import { WorkFolder } from "../../src/harness/work-folder.ts"

type Fault = Pick<ConsumerFault, "kind" | "consumer" | "group">
type BrokenConsumer = readonly [what: string, fixture: string, fault: Fault, count: FindingKind]

/** What is broken, what shows it, and by which count. */
const broken: readonly BrokenConsumer[] = [
  [
    "a consumer that acknowledges before an event is handled",
    "early",
    { kind: "kill-before-effect", consumer: "u0", group: "unordered" },
    "lost",
  ],
  [
    "a consumer without an inbox",
    "forgetful",
    { kind: "kill-after-effect", consumer: "o0", group: "ordered-inbox" },
    "doubled",
  ],
]

/** One wave, in which nothing fails and the fault strikes at the first event that comes. */
function planFault(fault: Fault): RoundPlan {
  const [wave] = planRound(1, 1).waves
  if (wave === undefined) throw new Error("a round without waves")
  const lanes = [...wave.lanes.p0, ...wave.lanes.p1].map((steps) =>
    steps.map((step) => ({ ...step, events: step.events.map((event) => ({ ...event, failures: {} })) })),
  )
  const due = { events: 0, of: "handled" } as const
  return {
    waves: [{ lanes: { p0: lanes, p1: [] }, poison: [], replay: "nothing", faults: [{ ...fault, due }] }],
  }
}

usingService("redis", () => {
  const folder = new WorkFolder()
  let server: BrokerServer
  beforeAll(async () => {
    server = await startBroker("redis", folder.path)
  }, 60_000)
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  }, 60_000)

  async function play(topic: string, fixture: string | undefined, fault: Fault): Promise<RoundResult> {
    const location = { broker: "redis", url: server.url, topic } as const
    await using site = await openRoundSite(location, folder.path, server)
    const consumer =
      fixture === undefined
        ? entries.consumer
        : ([fileURLToPath(new URL(`fixtures/${fixture}-consumer.ts`, import.meta.url))] as const)
    return await playOn(site, planFault(fault), { entries: { ...entries, consumer }, timeoutMs: 60_000 })
  }

  describe("a run finds out", () => {
    it.for(broken)("%s", { timeout: 120_000 }, async ([, fixture, fault, count]) => {
      const { findings } = await play(`broken-${fixture}`, fixture, fault)
      expect(findings.counts[count]).toBeGreaterThan(0)
    })

    it("nothing in the same plans where nothing is broken", { timeout: 240_000 }, async () => {
      for (const [what, fixture, fault] of broken) {
        const { findings } = await play(`sound-${fixture}`, undefined, fault)
        expect({ what, lines: findings.lines }).toEqual({ what, lines: [] })
      }
    })

    it("nothing, and says so, where a consumer ends by itself", { timeout: 120_000 }, async () => {
      const played = play("leaving", "leaving", { kind: "leave", consumer: "o0", group: "ordered" })
      await expect(played).rejects.toThrow(/[ou]\d ended by itself \(code 3\)/)
    })
  })
})
