import type { EventStore, MemoryStoreDriver, MemoryTransaction, StoreOptions } from "@annals/core"

/** A memory store with one fault, such as libraries shipped. */
export interface BrokenStore {
  /** What it does wrong. */
  readonly fault: string
  /** The number in TRAPS, where it is one. */
  readonly trap?: number
  /** Puts the fault between the driver and the front. */
  readonly breakDriver?: (driver: MemoryStoreDriver, options: StoreOptions) => MemoryStoreDriver
  /** Puts the fault in front of the front. */
  readonly breakStore?: (store: EventStore<MemoryTransaction>) => EventStore<MemoryTransaction>
  /** The test that is meant to find it, by its own name. */
  readonly foundBy: string
  /** Groups of tests that may fail as well, since they rest on what is broken. */
  readonly alsoFails: readonly string[]
}
