import type { EventBus } from "../ports/event-bus.ts"
import type { BusDriver } from "./bus-driver.ts"
import type { BusOptions } from "./bus-options.ts"

/**
 * Makes a bus of a backend: the one front that validates, encodes, keeps order, retries, parks and observes for all of them. Does no I/O before the
 * first use.
 */
export function createBus(_driver: BusDriver, _options: BusOptions = {}): EventBus {
  throw new Error("being built")
}
