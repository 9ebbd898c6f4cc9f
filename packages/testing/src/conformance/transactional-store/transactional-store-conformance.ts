import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"

/** What `TransactionalStore` promises: units of work, the `before` hook, and the caller's own transactions. */
export function transactionalStoreConformance<Tx>(runner: Runner, create: CreateSubject<Tx>): void {
  void runner
  void create
}
