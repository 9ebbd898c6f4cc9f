import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"

/** What `EventStore` promises in appending, reading, values, names, time, tenants, concurrency and lifecycle. */
export function eventStoreConformance<Tx>(runner: Runner, create: CreateSubject<Tx>): void {
  void runner
  void create
}
