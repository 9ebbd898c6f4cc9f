import { type BusMessage, createMemoryBus, type Delivery } from "@annals/core"
import { describe, it } from "vitest"
import { planRound } from "../../src/bus/plan.ts"
import type { FindingKind } from "../../src/check/findings.ts"
import { driving, handling, sending, settling, subscribing } from "./broken-bus.ts"
import { type Cast, playInProcess } from "./play-in-process.ts"
import { type SmallWave, smallPlan } from "./small-plan.ts"
import { withoutInbox } from "./without-inbox.ts"

type BrokenBus = readonly [what: string, cast: () => Cast, waves: readonly SmallWave[], count: FindingKind]

const everywhere = { ordered: 1, "ordered-inbox": 1, unordered: 1, "unordered-inbox": 1 } as const

/** So many that some aren't begun when a consumer leaves. */
const many = 450

const leaves = [
  { kind: "leave", consumer: "o0", group: "ordered", due: { of: "handled", events: 1 } },
] as const

const twice = (messages: readonly BusMessage[]) => [...messages, ...messages]

/** What is broken, what shows it, and by which count. */
const broken: readonly BrokenBus[] = [
  [
    "a bus that acknowledges before an event is handled",
    () => ({
      bus: handling(
        (handle) =>
          async (...call) =>
            void handle(...call).catch(() => {}),
      ),
    }),
    [{ events: 3, failures: everywhere }],
    "skipped",
  ],
  [
    "a bus that drops an event",
    () => ({ bus: sending(([first, _, ...others]) => (first ? [first, ...others] : [])) }),
    [{ events: 3 }],
    "skipped",
  ],
  [
    "a bus that drops the last events",
    () => ({ bus: sending((messages) => messages.slice(0, -1)) }),
    [{ events: 3 }],
    "lost",
  ],
  [
    "a bus that turns events round",
    () => ({ bus: sending((messages) => messages.toReversed()) }),
    [{ events: 2 }],
    "disordered",
  ],
  [
    "a bus that lets later events pass one that failed",
    () => ({
      bus: subscribing(createMemoryBus(), ({ deadLetters: _, ...options }) => ({
        ...options,
        order: "none",
      })),
    }),
    [{ events: 2, failures: { ordered: 1 } }],
    "disordered",
  ],
  [
    "a bus that retries to all groups",
    () => {
      const sent = new Set<Delivery>()
      const bus = settling((membership, _, driver) => ({
        retryLater: async (delivery, attempts, delayMs) => {
          await membership.retryLater(delivery, attempts, delayMs)
          if (sent.size === 0) await driver.publish([messageOf(delivery)], undefined)
          sent.add(delivery)
        },
      }))
      return { bus }
    },
    [{ events: 2, failures: { unordered: 1 } }],
    "doubled",
  ],
  [
    "a bus that counts an attempt where nothing has failed",
    () => ({
      bus: handling(
        (handle) => (event, context) => handle(event, { ...context, attempt: context.attempt + 1 }),
      ),
    }),
    [{ events: 1 }],
    "doubled",
  ],
  [
    "a bus that gives up too early",
    () => ({ bus: subscribing(createMemoryBus(), (options) => ({ ...options, retry: { attempts: 1 } })) }),
    [{ events: 2, failures: { unordered: 1 } }],
    "skipped",
  ],
  [
    "a bus that has no dead letter of what it gave up",
    () => ({
      bus: settling((membership) => ({
        addDeadLetter: async (delivery) => membership.acknowledge([delivery]),
      })),
    }),
    [{ events: 2, poison: ["unordered"] }],
    "lost",
  ],
  [
    "a bus that loses what a consumer gives back",
    () => ({
      bus: settling((membership) => ({ release: (deliveries) => membership.acknowledge(deliveries) })),
    }),
    [{ events: many, faults: leaves }],
    "lost",
  ],
  [
    "a bus that loses what is replayed",
    () => ({
      bus: driving((driver) => ({
        deadLetters: (group) => {
          const letters = driver.deadLetters(group)
          return {
            ...letters,
            replay: async () => {
              const all = await letters.list(1_000)
              return letters.discard(new Set(all.map(({ head }) => (JSON.parse(head) as { id: string }).id)))
            },
          }
        },
      })),
    }),
    [{ events: 2, poison: ["unordered"] }],
    "lost",
  ],
  [
    "a consumer whose inbox forgets",
    () => ({ bus: sending(twice), withInbox: withoutInbox, repeats: true }),
    [{ events: 2 }],
    "doubled",
  ],
  [
    "a bus that hands out for a second time what is handled",
    () => ({ bus: sending(twice) }),
    [{ events: 1 }],
    "doubled",
  ],
]

/** As the driver sent it. */
function messageOf(delivery: Delivery): BusMessage {
  return (delivery as Delivery & { readonly entry: { readonly message: BusMessage } }).entry.message
}

describe("a run finds out", () => {
  it.concurrent.for(broken)("%s", { timeout: 60_000 }, async ([, cast, waves, count], { expect }) => {
    const findings = await playInProcess(smallPlan(waves), cast())
    expect(findings.counts[count]).toBeGreaterThan(0)
  })

  it.concurrent("nothing in the same plans where nothing is broken", { timeout: 120_000 }, async ({
    expect,
  }) => {
    for (const [what, cast, waves] of broken) {
      const { repeats = false } = cast()
      const bus = repeats ? sending(twice) : createMemoryBus()
      const { lines } = await playInProcess(smallPlan(waves), { bus, repeats })
      expect({ what, lines }).toEqual({ what, lines: [] })
    }
  })

  it.concurrent("nothing in whole rounds where nothing is broken", { timeout: 120_000 }, async ({
    expect,
  }) => {
    for (const round of [1, 2]) {
      const { lines } = await playInProcess(planRound(1, round), { bus: createMemoryBus() })
      expect(lines).toEqual([])
    }
  })
})
