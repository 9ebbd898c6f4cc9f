import { usingService } from "@annals/services"
import { storeConformance } from "@annals/testing"
import { describe, it, vi } from "vitest"
import { createSubjectsIn } from "./create-subject.ts"

// Every test sets up a schema of its own; those that draw random cases, many.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

usingService("postgres-oldest", (url) => storeConformance({ describe, it }, createSubjectsIn(url)))
