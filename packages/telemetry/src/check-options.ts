import { AnnalsError } from "@annals/core"
import type { TelemetryOptions } from "./telemetry-options.ts"

const defaultMaxAttributeValues = 200

/** Fills in defaults. Throws `INVALID_OPTION`. */
export function checkOptions(
  options: TelemetryOptions,
): TelemetryOptions & { readonly maxAttributeValues: number } {
  if (typeof options !== "object" || options === null) throw invalid("options", "must be an object")
  const {
    tracerProvider,
    meterProvider,
    include = {},
    maxAttributeValues = defaultMaxAttributeValues,
  } = options
  checkProvider("tracerProvider", tracerProvider, "getTracer")
  checkProvider("meterProvider", meterProvider, "getMeter")
  if (typeof include !== "object" || include === null) throw invalid("include", "must be an object")
  for (const name of ["tenant", "streamId", "errorMessage"] as const) {
    const value: unknown = include[name]
    if (value !== undefined && typeof value !== "boolean")
      throw invalid(`include.${name}`, "must be true or false")
  }
  if (!Number.isSafeInteger(maxAttributeValues) || maxAttributeValues < 1) {
    throw invalid("maxAttributeValues", `must be a whole number from 1, not ${String(maxAttributeValues)}`)
  }
  return { ...options, maxAttributeValues }
}

function checkProvider(path: string, provider: unknown, method: string): void {
  if (provider === undefined) return
  if (typeof (provider as Record<string, unknown> | null)?.[method] === "function") return
  throw invalid(path, `must have a method ${method}`)
}

function invalid(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}
