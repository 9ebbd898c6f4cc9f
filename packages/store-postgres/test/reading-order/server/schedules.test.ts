import type { RecordedEvent } from "@annals/core"
import { usingService } from "@annals/services"
import fc from "fast-check"
import { describe, it } from "vitest"
import { filters, LogReaders } from "./log-readers.ts"
import { runSchedule } from "./run-schedule.ts"
import { allSchedules, describeSchedule, isPossibleInOneStream, programs, type Schedule } from "./schedule.ts"
import { createSharedLog, type SharedLog } from "./shared-log.ts"
import { streamNames } from "./stream-names.ts"

const isExpected: ((event: RecordedEvent) => boolean)[] = [
  () => true,
  ({ type }) => type === "wanted",
  () => true,
]
const seed = 20_261_121

async function readEverywhere(log: SharedLog, schedule: Schedule, streams: readonly string[]): Promise<void> {
  const start = await log.store.head()
  const readers = Object.values(filters).map((options) => new LogReaders(log.store, start, options))
  await runSchedule(log, schedule, { streams, readers, expected: isExpected }).catch((cause) => {
    throw new Error(`after ${describeSchedule(schedule)}`, { cause })
  })
}

/** Readers may have read or not after each step but the last. */
function countReaders(schedules: readonly Schedule[]): number {
  return schedules.reduce((sum, { order }) => sum + 2 ** (order.length - 1), 0)
}

function report(service: string, what: string, orders: number, schedules: number): void {
  process.stdout.write(
    `  reading order on ${service}, ${what}: ${schedules} schedules (${orders} orders of the writers' steps), for ${Object.keys(filters).join(", ")}\n`,
  )
}

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    describe("every schedule of two writers and a reader", { timeout: 120_000 }, () => {
      it("shows each committed event once and in order, where each writer has a stream", async () => {
        await using log = await createSharedLog(url)
        const schedules = allSchedules()
        for (const schedule of schedules) await readEverywhere(log, schedule, streamNames(2))
        report(service, "two streams", schedules.length, countReaders(schedules))
      })

      it("shows each committed event once and in order, where they append to one stream", async () => {
        await using log = await createSharedLog(url)
        const schedules = allSchedules().filter(isPossibleInOneStream)
        for (const schedule of schedules) {
          const [name = ""] = streamNames(1)
          await readEverywhere(log, schedule, [name, name])
        }
        report(service, "one stream", schedules.length, countReaders(schedules))
      })
    })

    it("shows each committed event once in a sample of schedules with three writers", {
      timeout: 120_000,
    }, async () => {
      await using log = await createSharedLog(url)
      const chosen = fc.tuple(...Array.from({ length: 3 }, () => fc.constantFrom(...programs)))
      const schedule = chosen.chain((three) => {
        const turns = three.flatMap((program, writer) => program.map(() => writer))
        const order = fc.shuffledSubarray(turns, { minLength: turns.length })
        return fc
          .record({
            order,
            reads: fc.array(fc.boolean(), { minLength: 9 }),
            pageSize: fc.integer({ min: 1, max: 3 }),
          })
          .map((rest) => ({ programs: three, ...rest }))
      })
      const sample = fc.sample(schedule, { seed, numRuns: 60 })
      for (const { reads, pageSize, ...each } of sample) {
        // A handle of its own: what others have learned about the log doesn't help it.
        await using handle = log.open()
        const start = await handle.head()
        const readers = Object.values(filters).map(
          (options) => new LogReaders(handle, start, { ...options, pageSize }),
        )
        const streams = streamNames(3)
        const readsAfter = (step: number) => reads[step] ?? false
        await runSchedule(log, each, { streams, readers, expected: isExpected, readsAfter }).catch(
          (cause) => {
            throw new Error(`after ${describeSchedule(each)}`, { cause })
          },
        )
      }
      report(service, `a sample with three writers, seed ${seed}`, sample.length, sample.length)
    })
  })
}
