import { createBus, type RecordedEvent } from "@annals/core"
import { createFakeClock, createHistory } from "@annals/testing"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  deliveriesOf,
  type ScriptedDelivery,
  ScriptedDriver,
  type ScriptedTenure,
} from "./scripted-driver.ts"

/** What a broker, handlers and users may do at any time. Numbers pick one of what there is. */
type Step =
  | { readonly do: "hand"; readonly tenure: number; readonly stream: number; readonly count: number }
  | { readonly do: "lose" | "finish"; readonly tenure: number }
  | { readonly do: "succeed" | "fail"; readonly handler: number }
  | { readonly do: "wait" | "pause" | "resume" }

const pick = fc.nat({ max: 20 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("hand" as const),
      tenure: pick,
      stream: fc.nat({ max: 2 }),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("succeed" as const), handler: pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("fail" as const), handler: pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("lose" as const, "finish" as const), tenure: pick }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("wait" as const, "pause" as const, "resume" as const) }),
  },
)

interface RunningHandler {
  readonly stream: string
  readonly name: string
  readonly ending: PromiseWithResolvers<void>
}

/** Several turns of the event loop: whatever can go on by itself has gone on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate)
}

async function play(order: "stream" | "none", steps: readonly Step[]): Promise<void> {
  const driver = new ScriptedDriver()
  const clock = createFakeClock()
  const bus = createBus(driver, { clock, random: () => 0 })
  const running: RunningHandler[] = []
  const succeeded = new Set<string>()
  let inOneStream = 0
  const consumer = await bus.subscribe({
    group: "g",
    order,
    maxInFlight: 4,
    retry: { attempts: 10_000, delayMs: 10, maxDelayMs: 10 },
    handler: async ({ stream, version }) => {
      const name = `${stream.id}${version}`
      const handler = { stream: stream.id, name, ending: Promise.withResolvers<void>() }
      if (running.some((other) => other.stream === stream.id)) inOneStream++
      running.push(handler)
      await handler.ending.promise
      succeeded.add(name)
    },
  })
  const handed: ScriptedDelivery[] = []
  let tenures: ScriptedTenure[] = [driver.tenure()]
  const history = createHistory()

  const end = (index: number, how: (handler: RunningHandler) => void) => {
    const [handler] = running.length === 0 ? [] : running.splice(index % running.length, 1)
    if (handler !== undefined) how(handler)
  }
  const hand = async ({ tenure, stream, count }: Extract<Step, { readonly do: "hand" }>) => {
    const id = "abc".charAt(stream)
    // A stream is in one tenure at a time: the one that its partition is in.
    const own = tenures[order === "stream" ? stream % tenures.length : tenure % tenures.length]
    if (own === undefined) return
    const events = Array.from({ length: count }, () => {
      const [event] = history.add({ category: "note", id }, { type: "noted", data: {} })
      return event as RecordedEvent
    })
    const deliveries = await deliveriesOf(events, own)
    handed.push(...deliveries)
    driver.hand(...deliveries)
  }
  const replace = (tenure: ScriptedTenure) => {
    tenures = tenures.map((other) => (other === tenure ? driver.tenure() : other))
  }

  for (const one of steps) {
    if (one.do === "hand") await hand(one)
    else if (one.do === "succeed") end(one.handler, ({ ending }) => ending.resolve())
    else if (one.do === "fail") end(one.handler, ({ ending }) => ending.reject(new Error("no")))
    else if (one.do === "wait") await clock.advance(10)
    else if (one.do === "pause") consumer.pause()
    else if (one.do === "resume") consumer.resume()
    else if (one.do === "lose" || one.do === "finish") {
      const tenure = tenures[one.tenure % tenures.length] as ScriptedTenure
      if (one.do === "lose") tenure.lose()
      else void driver.member?.finish(tenure)
      replace(tenure)
    }
    await settle()
    if (order === "stream") expect(inOneStream).toBe(0)
    expect(consumer.status().inFlight).toBeLessThanOrEqual(4)
    check(handed, succeeded, order)
  }
  const stopping = consumer.stop()
  for (const { ending } of running) ending.resolve()
  await stopping
  check(handed, succeeded, order)
  expect(driver.breaches).toEqual([])
  for (const { fate, tenure, name } of handed) {
    if (!tenure.lost.aborted) expect([name, fate]).not.toEqual([name, "handed"])
  }
}

/** What is acknowledged was handled, and of a stream in a tenure nothing is acknowledged before what came earlier. */
function check(handed: readonly ScriptedDelivery[], succeeded: ReadonlySet<string>, order: string): void {
  const open = new Map<ScriptedTenure, Set<string>>()
  for (const { name, fate, tenure } of handed) {
    if (fate === "acknowledged") expect(succeeded.has(name)).toBe(true)
    if (order === "none") continue
    const waiting = open.get(tenure) ?? new Set()
    open.set(tenure, waiting)
    const stream = name.slice(0, 1)
    if (fate === "acknowledged") expect([name, waiting.has(stream)]).toEqual([name, false])
    else waiting.add(stream)
  }
}

describe("a consumer in any schedule of deliveries, lost tenures, failures and pauses", () => {
  for (const order of ["stream", "none"] as const) {
    it(`settles everything once, and only what was handled as such, with order ${order}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) => play(order, steps)),
        { numRuns: 150 },
      )
    })
  }
})
