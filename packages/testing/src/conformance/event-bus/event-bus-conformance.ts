import type { Runner } from "../runner.ts"
import { consumerLifecycle } from "./consumer-lifecycle.ts"
import { delivery } from "./delivery.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { ordered } from "./ordered.ts"
import { unordered } from "./unordered.ts"

const parts = [delivery, ordered, unordered, consumerLifecycle]

/**
 * What `EventBus` promises: delivery to every group, order, retries, parking, pausing and stopping.
 *
 * @example
 * eventBusConformance({ describe, it }, async () => {
 *   const bus = createMemoryBus()
 *   return { bus, [Symbol.asyncDispose]: () => bus.close() }
 * })
 */
export function eventBusConformance(runner: Runner, create: CreateBusSubject): void {
  runner.describe("EventBus", () => {
    for (const part of parts) part(runner, create)
  })
}
