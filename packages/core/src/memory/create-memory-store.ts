import { systemClock } from "../clock/system-clock.ts"
import { createStore } from "../store/create-store.ts"
import type { StoreOptions } from "../store/store-options.ts"
import { createMemoryStoreDriver } from "./memory-store-driver.ts"
import type { MemoryStore } from "./memory-transaction.ts"

/**
 * A store that lives as long as the process, for tests and examples. It promises what every store does, but for durability.
 *
 * @example
 * await using store = createMemoryStore()
 */
export function createMemoryStore(options: StoreOptions = {}): MemoryStore {
  const driver = createMemoryStoreDriver(options.clock ?? systemClock)
  return { ...createStore(driver, options), beginTransaction: driver.beginTransaction }
}
