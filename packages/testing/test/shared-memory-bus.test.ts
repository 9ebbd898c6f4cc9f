import { describe, it, vi } from "vitest"
import { eventBusConformance } from "../src/index.ts"
import { sharedMemoryBus } from "./broken-buses/memory-bus-subject.ts"

vi.setConfig({ testTimeout: 60_000 })

eventBusConformance({ describe, it }, sharedMemoryBus(), { runs: 100 })
