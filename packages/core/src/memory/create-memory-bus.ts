import type { BusOptions } from "../bus/bus-options.ts"
import { createBus } from "../bus/create-bus.ts"
import { systemClock } from "../clock/system-clock.ts"
import type { EventBus } from "../ports/event-bus.ts"
import { createMemoryBusDriver, type MemoryBusDriverOptions } from "./memory-bus-driver.ts"

/** What a memory bus is made with. */
export interface MemoryBusOptions extends BusOptions, Pick<MemoryBusDriverOptions, "maxBacklog"> {}

/**
 * A bus within one process, for tests and for programs that are one process. It keeps the contract of every bus, but
 * for durability: what isn't handled when the process ends is gone.
 *
 * @example
 * await using bus = createMemoryBus()
 * await bus.subscribe({ group: "mailer", handler: (event) => sendMail(event), deadLetters: store.deadLetters })
 * await bus.publish([event])
 */
export function createMemoryBus({ maxBacklog, ...options }: MemoryBusOptions = {}): EventBus {
  const { clock = systemClock } = options
  return createBus(createMemoryBusDriver({ clock, ...(maxBacklog !== undefined && { maxBacklog }) }), options)
}
