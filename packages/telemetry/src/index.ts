export { createTelemetry } from "./create-telemetry.ts"
export type { TelemetryOptions } from "./telemetry-options.ts"
