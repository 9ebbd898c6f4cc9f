import { expect, it } from "vitest"
import { traceHeaders } from "../src/index.ts"
import { openTelemetry, traceparentOf } from "./telemetry-scene.ts"

it("the headers of a message carry the span that is active", async () => {
  await using telemetry = openTelemetry()
  const headers = await telemetry.inSpan("request", async () => traceHeaders())
  expect(headers).toEqual({ traceparent: traceparentOf(telemetry.one("request")) })
  expect(traceHeaders()).toEqual({})
})
