import { type Operation, withContext } from "@annals/core"
import { expect, it } from "vitest"
import { createTelemetry, traceHeaders } from "../src/index.ts"
import { openTelemetry, traceparentOf } from "./telemetry-scene.ts"

it("the headers of a message carry the span that is active", async () => {
  await using telemetry = openTelemetry()
  const headers = await telemetry.inSpan("request", async () => traceHeaders())
  expect(headers).toEqual({ traceparent: traceparentOf(telemetry.one("request")) })
  expect(traceHeaders()).toEqual({})
})

it("without an SDK they carry what the event that is being handled carries", async () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
  const causes = [{ traceparent, tracestate: "a=1" }]
  const handled: Operation = { name: "handle", causes, metadata: {} }
  const headers = await createTelemetry().around(handled, () =>
    withContext(handled.metadata, async () => traceHeaders()),
  )
  expect(headers).toEqual({ traceparent, tracestate: "a=1" })
  expect(await withContext({ traceparent: "nonsense" }, async () => traceHeaders())).toEqual({})
})
