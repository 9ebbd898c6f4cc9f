import type { Observer } from "@annals/core"
import { checkOptions } from "./check-options.ts"
import { Telemetry } from "./telemetry.ts"
import type { TelemetryOptions } from "./telemetry-options.ts"

/**
 * Spans and metrics of everything that a store, a bus or a repository does, for the OpenTelemetry SDK that the application registers: given to one of
 * them as `observer`, it reaches what is built on it. Without an SDK it does nothing; one that throws does no harm. Throws `INVALID_OPTION`.
 *
 * @example
 * await using store = createMemoryStore({ observer: createTelemetry() })
 */
export function createTelemetry(options: TelemetryOptions = {}): Observer {
  return new Telemetry(checkOptions(options))
}
