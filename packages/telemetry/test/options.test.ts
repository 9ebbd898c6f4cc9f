import { expect, it } from "vitest"
import { createTelemetry, type TelemetryOptions } from "../src/index.ts"

it.each([
  ["tracerProvider", { tracerProvider: {} }],
  ["meterProvider", { meterProvider: null }],
  ["include", { include: 1 }],
  ["include.tenant", { include: { tenant: "yes" } }],
  ["include.errorMessage", { include: { errorMessage: 1 } }],
  ["maxAttributeValues", { maxAttributeValues: 0 }],
  ["maxAttributeValues", { maxAttributeValues: 1.5 }],
  ["options", null],
])("refuses a wrong %s", (path, options) => {
  expect(() => createTelemetry(options as TelemetryOptions)).toThrow(
    expect.objectContaining({ code: "INVALID_OPTION", path }),
  )
})
