import type { Operation } from "@annals/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { openTelemetry } from "./telemetry-scene.ts"

const traceId = "0af7651916cd43dd8448eb211c80319c"
const spanId = "b7ad6b7169203331"

/** What a handler's span takes up of an event's metadata, and what it leaves to its own events. */
async function takenUp(cause: Readonly<Record<string, unknown>>) {
  await using telemetry = openTelemetry()
  const operation: Operation = { name: "handle", subject: "s", causes: [cause], metadata: {} }
  await telemetry.observer.around(operation, async () => {})
  return { parent: telemetry.one("process s").parentSpanContext, metadata: operation.metadata }
}

describe("a trace context in metadata", () => {
  it.each([
    ["sampled", `00-${traceId}-${spanId}-01`, 1],
    ["with flags of later versions", `00-${traceId}-${spanId}-ff`, 3],
    ["of a later version", `01-${traceId}-${spanId}-01`, 1],
    ["of a later version, with more in it", `cc-${traceId}-${spanId}-01-what.the.future-brings`, 1],
  ])("is taken up: %s", async (_what, traceparent, traceFlags) => {
    expect((await takenUp({ traceparent })).parent).toMatchObject({
      traceId,
      spanId,
      traceFlags,
      isRemote: true,
    })
  })

  it("is taken up: not sampled, and handed on as that", async () => {
    await using telemetry = openTelemetry()
    const cause = { traceparent: `00-${traceId}-${spanId}-00` }
    const operation: Operation = { name: "handle", subject: "s", causes: [cause], metadata: {} }
    await telemetry.observer.around(operation, () => telemetry.inSpan("own", async () => {}))
    expect(telemetry.spans()).toEqual([])
    expect(operation.metadata.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`))
  })

  it.each([
    ["in capitals", `00-${traceId.toUpperCase()}-${spanId}-01`],
    ["of version ff", `ff-${traceId}-${spanId}-01`],
    ["of version 00 with more in it", `00-${traceId}-${spanId}-01-x`],
    ["of a later version without a dash", `01-${traceId}-${spanId}-01x`],
    ["without a trace", `00-${"0".repeat(32)}-${spanId}-01`],
    ["without a span", `00-${traceId}-${"0".repeat(16)}-01`],
    ["cut off", `00-${traceId}-${spanId}`],
    ["with space", ` 00-${traceId}-${spanId}-01`],
    ["with a line break", `00-${traceId}-${spanId}-01\n`],
    ["very long", `01-${traceId}-${spanId}-01-${"x".repeat(1_000_000)}`],
    ["no text", [`00-${traceId}-${spanId}-01`]],
  ])("is passed over: %s", async (_what, traceparent) => {
    const { parent, metadata } = await takenUp({ traceparent, tracestate: "a=1" })
    expect(parent).toBeUndefined()
    expect(metadata.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    expect(metadata.traceparent).not.toContain(traceId)
    expect(metadata).not.toHaveProperty("tracestate")
  })

  it("hands on a tracestate with its bounds, and what is in order of it", async () => {
    const traceparent = `00-${traceId}-${spanId}-01`
    const stateAfter = async (tracestate: unknown) =>
      (await takenUp({ traceparent, tracestate })).metadata.tracestate
    expect(await stateAfter("a=1,b=2")).toBe("a=1,b=2")
    expect(await stateAfter("a=1,B=2,c=\u0000,d")).toBe("a=1")
    expect(await stateAfter(`a=${"x".repeat(600)}`)).toBeUndefined()
    expect(await stateAfter(7)).toBeUndefined()
    const many = Array.from({ length: 40 }, (_, index) => `k${index}=v`)
    expect(await stateAfter(many.slice(0, 32).join(","))).toBe(many.slice(0, 32).join(","))
    expect(await stateAfter(many.slice(0, 33).join(","))).toBeUndefined()
  })

  it("may be anything", async () => {
    await using telemetry = openTelemetry()
    const nearly = fc.string({ unit: fc.constantFrom(..."0123456789abcdefA-=,"), maxLength: 60 })
    const longEnough = fc
      .tuple(nearly, nearly)
      .map(([id, rest]) => `00-${id.padEnd(32, "7").slice(0, 32)}-${rest}`)
    const hostile = fc.oneof(
      fc.string({ unit: "binary-ascii", maxLength: 80 }),
      fc.jsonValue({ maxDepth: 1 }),
      nearly,
      longEnough,
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ traceparent: hostile, tracestate: hostile }), { maxLength: 5 }),
        async (causes) => {
          telemetry.reset()
          const operation: Operation = { name: "handle", subject: "s", causes, metadata: {} }
          expect(await telemetry.observer.around(operation, async () => 1)).toBe(1)
          expect(telemetry.one("process s").links.length).toBeLessThanOrEqual(5)
          expect(operation.metadata.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
          expect(operation.metadata.tracestate ?? "").toMatch(/^[ -~]{0,512}$/)
        },
      ),
      { numRuns: 200 },
    )
  })
})
