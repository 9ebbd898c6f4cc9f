import { usingService } from "@annals/services"
import { storeModelConformance } from "@annals/testing"
import { describe, it, vi } from "vitest"
import { createSubjectsIn } from "./create-subject.ts"

// Every test sets up a schema of its own; those that draw random cases, many.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

// The other suites run on the oldest server with row-level security: in row-level-security-conformance.test.ts. Twice would cost minutes.
usingService("postgres-oldest", (url) => storeModelConformance({ describe, it }, createSubjectsIn(url)))
