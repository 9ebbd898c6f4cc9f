import { createMemoryBus, createMemoryStore } from "@annals/core"
import { eventBusConformance, storeConformance } from "@annals/testing"
import { describe, it } from "vitest"

storeConformance({ describe, it }, async (options) => {
  const store = createMemoryStore(options)
  return {
    store,
    beginTransaction: store.beginTransaction,
    [Symbol.asyncDispose]: () => store.close(),
  }
})

eventBusConformance({ describe, it }, async (options) => {
  const bus = createMemoryBus(options)
  return { bus, [Symbol.asyncDispose]: () => bus.close() }
})
