import { storeModelConformance } from "../model/store-model-conformance.ts"
import type { CreateSubject } from "./conformance-subject.ts"
import { eventStoreConformance } from "./event-store/event-store-conformance.ts"
import type { Runner } from "./runner.ts"
import { storePortsConformance } from "./store-ports/store-ports-conformance.ts"
import { transactionalStoreConformance } from "./transactional-store/transactional-store-conformance.ts"

/**
 * Every suite that a store must pass: {@link eventStoreConformance}, {@link transactionalStoreConformance},
 * {@link storePortsConformance} and {@link storeModelConformance}. A store's `test/conformance.test.ts` is a call of this.
 *
 * @example
 * storeConformance({ describe, it }, async (options) => {
 *   const store = createMemoryStore(options)
 *   return { store, beginTransaction: store.beginTransaction, [Symbol.asyncDispose]: () => store.close() }
 * })
 */
export function storeConformance<Tx>(runner: Runner, create: CreateSubject<Tx>): void {
  eventStoreConformance(runner, create)
  transactionalStoreConformance(runner, create)
  storePortsConformance(runner, create)
  storeModelConformance(runner, create)
}
