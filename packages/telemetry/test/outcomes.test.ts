import type { OperationName } from "@annals/core"
import { SpanStatusCode } from "@opentelemetry/api"
import { expect, it } from "vitest"
import { openTelemetry } from "./telemetry-scene.ts"

class Broken extends Error {}

const coded = (code: string) => Object.assign(new Error("s3cret"), { name: "AnnalsError", code })
const named = (name: string) => Object.assign(new Error("s3cret"), { name })

const answered: readonly (readonly [OperationName, unknown, string])[] = [
  ["execute", coded("COMMAND_REFUSED"), "refused"],
  ["append", coded("VERSION_CONFLICT"), "conflict"],
  ["append", coded("CONDITION_FAILED"), "conflict"],
  ["load", coded("STREAM_NOT_FOUND"), "not-found"],
  ["page", coded("ABORTED"), "aborted"],
  ["publish", AbortSignal.abort().reason, "aborted"],
  ["handle", coded("LEASE_LOST"), "taken-over"],
  ["project", coded("CHECKPOINT_CONFLICT"), "taken-over"],
  ["project", coded("PROJECTION_SUPERSEDED"), "taken-over"],
]

const failed: readonly (readonly [OperationName, unknown, string])[] = [
  ["handle", coded("VERSION_CONFLICT"), "VERSION_CONFLICT"],
  ["handle", coded("COMMAND_REFUSED"), "COMMAND_REFUSED"],
  ["execute", coded("UNKNOWN_COMMAND"), "UNKNOWN_COMMAND"],
  ["handle", new Broken("s3cret"), "Broken"],
  ["handle", new TypeError("s3cret"), "TypeError"],
  ["publish", new DOMException("s3cret", "TimeoutError"), "TimeoutError"],
  ["handle", named("the customer's s3cret"), "_OTHER"],
  ["handle", named("x".repeat(81)), "_OTHER"],
  ["handle", coded("s3cret: 7"), "_OTHER"],
  ["handle", { code: "s3cret" }, "_OTHER"],
]

async function ended(name: OperationName, error: unknown) {
  await using telemetry = openTelemetry()
  const operation = { name, eventCount: 1, metadata: {} }
  await telemetry.observer.around(operation, () => Promise.reject(error)).catch(() => {})
  const [span] = telemetry.spans()
  const { "annals.outcome": outcome, "error.type": type, "annals.command": command } = span?.attributes ?? {}
  expect(command === undefined).toBe(name !== "execute")
  expect(JSON.stringify([span?.attributes, span?.status, span?.events])).not.toContain("s3cret")
  return [outcome, type, span?.status]
}

it.each(answered)(
  "%s that ends with %s has %s for an outcome, which is no error",
  async (name, error, outcome) => {
    expect(await ended(name, error)).toEqual([outcome, undefined, { code: SpanStatusCode.UNSET }])
  },
)

it.each(failed)("%s that ends with %s has failed: %s", async (name, error, type) => {
  expect(await ended(name, error)).toEqual([undefined, type, { code: SpanStatusCode.ERROR }])
})
