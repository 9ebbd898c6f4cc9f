import * as fc from "fast-check"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { type GroupPlan, ScheduleRun, type ScheduleStep } from "./schedule-run.ts"

/** How long to search. */
export interface ScheduleOptions {
  /** How many random schedules are tried; each has a bus of its own. Default 3. */
  readonly runs?: number
  /** Repeats a run that failed: the failure's message says its seed. Default: another one each time. */
  readonly seed?: number
}

const which = fc.nat({ max: 3 })
const group = fc.constantFrom(0, 1)

const steps: fc.Arbitrary<ScheduleStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("publish"),
      streams: fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait"), turns: fc.nat({ max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut") }) },
  ...(["join", "leave", "pause", "resume"] as const).map((kind) => ({
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant(kind), group, which }),
  })),
)

const plans: fc.Arbitrary<GroupPlan> = fc.record({
  order: fc.constantFrom("stream", "none"),
  maxInFlight: fc.integer({ min: 1, max: 4 }),
  prefetch: fc.nat({ max: 3 }),
  failures: fc.array(fc.constantFrom(0, 0, 0, 0, 0, 1, 2, Number.POSITIVE_INFINITY), {
    minLength: 1,
    maxLength: 12,
  }),
})

/** Random schedules of publishing, failing attempts, and consumers that come, go and pause, against what must come of them. */
export function schedules(
  { describe, it }: Runner,
  create: CreateBusSubject,
  { runs = 3, seed }: ScheduleOptions,
): void {
  describe("random schedules", () => {
    it("end with everything handled in order or parked, in each group, and nothing twice where nobody left", async () => {
      const property = fc.asyncProperty(
        fc.tuple(plans, plans),
        fc.array(steps, { minLength: 1, maxLength: 20 }),
        async (groups, schedule) => {
          await using subject = await create({ replayPollIntervalMs: 5 })
          await ScheduleRun.run(subject, groups, schedule)
        },
      )
      await fc.assert(property, { numRuns: runs, ...(seed !== undefined && { seed }) })
    })
  })
}
