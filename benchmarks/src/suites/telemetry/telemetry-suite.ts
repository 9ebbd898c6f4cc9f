import type { Suite } from "../../harness/suite.ts"
import { appendOn } from "./append-on.ts"
import { offPerOperation, onPerOperation } from "./per-operation.ts"
import { type TelemetryParameters, telemetryParameters } from "./telemetry-parameters.ts"

export const telemetrySuite: Suite<TelemetryParameters> = {
  name: "telemetry",
  parameters: telemetryParameters,
  conditions: [
    "on: OpenTelemetry's SDK with its defaults, every span sampled, and exporters that do nothing; off: no SDK registered",
  ],
  scenarios: [offPerOperation, onPerOperation, appendOn],
}
