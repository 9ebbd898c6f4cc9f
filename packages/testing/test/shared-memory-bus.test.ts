import { describe, it } from "vitest"
import { eventBusConformance } from "../src/index.ts"
import { sharedMemoryBus } from "./broken-buses/memory-bus-subject.ts"

eventBusConformance({ describe, it }, sharedMemoryBus(), { runs: 100 })
