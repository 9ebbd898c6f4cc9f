import { createFakeClock } from "@annals/testing"
import { expect, it } from "vitest"
import { formatProgress } from "../../src/index.ts"
import { ProgressMeter } from "../../src/rebuild/progress-meter.ts"

it.for([
  [
    { position: 50_000, head: 100_000, events: 40_000, ratePerSecond: 12_500.4, secondsLeft: 4 },
    "[############------------]  50.0 %  40,000 events  12,500/s  4 s left",
  ],
  [
    { position: 0, head: 1_234_567, events: 0, ratePerSecond: 0, secondsLeft: undefined },
    "[------------------------]   0.0 %  0 events  0/s",
  ],
  [
    { position: 999_999, head: 1_000_000, events: 1, ratePerSecond: 0.2, secondsLeft: 100 },
    "[#######################-]  99.9 %  1 event  0/s  1 min 40 s left",
  ],
  [
    { position: 8, head: 8, events: 8, ratePerSecond: 1000, secondsLeft: 0 },
    "[########################] 100.0 %  8 events  1,000/s  0 s left",
  ],
  [
    { position: 0, head: 0, events: 0, ratePerSecond: 0, secondsLeft: 0 },
    "[########################] 100.0 %  0 events  0/s  0 s left",
  ],
  [
    { position: 1, head: 4, events: 1, ratePerSecond: 0, secondsLeft: 7_384.2 },
    "[######------------------]  25.0 %  1 event  0/s  2 h 3 min left",
  ],
] as const)("writes progress as a line with a bar: %j", ([progress, line]) => {
  expect(formatProgress(progress)).toBe(line)
})

it("knows a rate and the time left once something was applied", async () => {
  const clock = createFakeClock()
  const meter = new ProgressMeter(clock, 100, 1100)
  expect(meter.progress()).toEqual({
    position: 100,
    head: 1100,
    events: 0,
    ratePerSecond: 0,
    secondsLeft: undefined,
  })
  await clock.advance(2000)
  meter.applied(600, 50)
  expect(meter.progress()).toEqual({
    position: 600,
    head: 1100,
    events: 50,
    ratePerSecond: 25,
    secondsLeft: 2,
  })
  meter.sawHead(1600)
  expect(meter.progress()).toMatchObject({ head: 1600, secondsLeft: 4 })
  meter.applied(1600, 10)
  expect(meter.progress()).toMatchObject({ events: 60, secondsLeft: 0 })
})

it("follows the speed of the last ten seconds, and counts no pause", async () => {
  const clock = createFakeClock()
  const meter = new ProgressMeter(clock, 0, 100_000)
  for (let second = 1; second <= 60; second++) {
    await clock.advance(1000)
    meter.applied(second <= 30 ? second : 30 + (second - 30) * 1000, second <= 30 ? 1 : 1000)
  }
  expect(meter.progress()).toMatchObject({ events: 30_030, ratePerSecond: 1000 })
  await clock.advance(3_600_000)
  meter.restart()
  await clock.advance(1000)
  meter.applied(31_030, 10)
  expect(meter.progress()).toMatchObject({ ratePerSecond: 10 })
})
