import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"

/** What `EventBus` promises: delivery to every group, order, retries, parking, stopping. */
export function eventBusConformance(runner: Runner, create: CreateBusSubject): void {
  void runner
  void create
}
