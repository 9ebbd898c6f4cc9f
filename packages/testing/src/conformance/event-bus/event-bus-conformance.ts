import type { Runner } from "../runner.ts"
import { busLifecycle } from "./bus-lifecycle.ts"
import { codecs } from "./codecs.ts"
import { consumerLifecycle } from "./consumer-lifecycle.ts"
import { contents } from "./contents.ts"
import { delivery } from "./delivery.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { filters } from "./filters.ts"
import { handingOn } from "./handing-on.ts"
import { inbox } from "./inbox.ts"
import { managingGroups } from "./managing-groups.ts"
import { monitoring } from "./monitoring.ts"
import { observing } from "./observing.ts"
import { options } from "./options.ts"
import { ordered } from "./ordered.ts"
import { parking } from "./parking.ts"
import { publishing } from "./publishing.ts"
import { reconnecting } from "./reconnecting.ts"
import { replaying } from "./replaying.ts"
import { type ScheduleOptions, schedules } from "./schedules.ts"
import { sharing } from "./sharing.ts"
import { unordered } from "./unordered.ts"
import { unreadable } from "./unreadable.ts"

const parts = [
  publishing,
  contents,
  codecs,
  delivery,
  filters,
  options,
  sharing,
  handingOn,
  ordered,
  parking,
  replaying,
  unordered,
  unreadable,
  consumerLifecycle,
  busLifecycle,
  managingGroups,
  monitoring,
  observing,
  inbox,
  reconnecting,
]

/**
 * What `EventBus` promises: delivery to every group, order, retries, parking, pausing and stopping. Every test has a bus of its own, so a runner may
 * run them at the same time. `options`: how many random schedules are tried.
 *
 * @example
 * eventBusConformance({ describe, it }, async (options) => {
 *   const bus = createMemoryBus(options)
 *   return { bus, [Symbol.asyncDispose]: () => bus.close() }
 * })
 */
export function eventBusConformance(
  runner: Runner,
  create: CreateBusSubject,
  options: ScheduleOptions = {},
): void {
  runner.describe("EventBus", () => {
    for (const part of parts) part(runner, create)
    schedules(runner, create, options)
  })
}
