import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { beforeCommit } from "./before-commit.ts"
import { callersTransaction } from "./callers-transaction.ts"
import { unitsOfWork } from "./units-of-work.ts"

/**
 * What `TransactionalStore` promises: units of work, the `before` hook, and the caller's own transactions.
 *
 * @example
 * transactionalStoreConformance({ describe, it }, createSubject)
 */
export function transactionalStoreConformance<Tx>(runner: Runner, create: CreateSubject<Tx>): void {
  runner.describe("TransactionalStore", () => {
    for (const part of [unitsOfWork, beforeCommit, callersTransaction]) part(runner, create)
  })
}
