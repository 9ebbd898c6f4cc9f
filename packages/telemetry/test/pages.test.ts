import type { Operation } from "@annals/core"
import { trace } from "@opentelemetry/api"
import { expect, it } from "vitest"
import { openTelemetry, type TelemetryScene } from "./telemetry-scene.ts"

const read = ({ observer }: TelemetryScene, run = async () => {}) =>
  observer.around({ name: "read", system: "memory", eventCount: 0, metadata: {} }, run)

function page(
  { observer, inSpan }: TelemetryScene,
  eventCount: number | undefined,
  run: () => Promise<unknown>,
): Promise<unknown> {
  const operation: Operation = {
    name: "page",
    subject: "s",
    ...(eventCount !== undefined && { eventCount }),
    metadata: {},
  }
  return inSpan("start", () => observer.around(operation, run))
}

it("a page that fails has a span, and so have the reads in it", async () => {
  await using telemetry = openTelemetry()
  const failing = page(telemetry, undefined, () => read(telemetry, () => Promise.reject(new RangeError("x"))))
  await expect(failing).rejects.toThrow(RangeError)
  expect(telemetry.tree().toSorted()).toEqual(["page s (read)", "start"])
  for (const name of ["page s", "read"])
    expect(telemetry.one(name).attributes).toMatchObject({ "error.type": "RangeError" })
})

it("a page that is given up, and one that brings nothing, have none", async () => {
  await using telemetry = openTelemetry()
  const over = AbortSignal.abort()
  await page(telemetry, undefined, () => read(telemetry, async () => over.throwIfAborted())).catch(() => {})
  await page(telemetry, 0, () => read(telemetry))
  expect(telemetry.tree()).toEqual(["start", "start"])
})

it("a page is no part of what started its subscription", async () => {
  await using telemetry = openTelemetry()
  const active: unknown[] = []
  await page(telemetry, 0, async () => active.push(trace.getActiveSpan()))
  expect(active).toEqual([undefined])
})

it("a read that ends after its page is told under it, if that has a span", async () => {
  await using telemetry = openTelemetry()
  for (const eventCount of [0, 1]) {
    const gate = Promise.withResolvers<void>()
    let late: Promise<unknown> | undefined
    await page(telemetry, eventCount, async () => {
      late = read(telemetry, () => gate.promise)
    })
    gate.resolve()
    await late
  }
  expect(telemetry.tree().toSorted()).toEqual(["page s (read)", "start", "start"])
})

it("each read has its own time", async () => {
  await using telemetry = openTelemetry()
  await page(telemetry, 1, async () => {
    await read(telemetry)
    await read(telemetry)
  })
  const [one, two] = telemetry.named("read")
  const nanoseconds = ([seconds, rest]: readonly [number, number] = [0, 0]) =>
    BigInt(seconds) * 10n ** 9n + BigInt(rest)
  expect(nanoseconds(one?.endTime) <= nanoseconds(two?.startTime)).toBe(true)
})

it("a page remembers a hundred reads, and no more", async () => {
  await using telemetry = openTelemetry()
  await page(telemetry, 1, async () => {
    for (let index = 0; index < 150; index++) await read(telemetry)
  })
  expect(telemetry.named("read")).toHaveLength(100)
})
