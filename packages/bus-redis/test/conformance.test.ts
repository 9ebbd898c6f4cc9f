import { usingService } from "@annals/services"
import { eventBusConformance } from "@annals/testing"
import { describe, it } from "vitest"
import { createSubjectsAt, singleServer } from "./redis-subject.ts"

usingService("redis", (url) =>
  eventBusConformance({ describe, it: it.concurrent }, createSubjectsAt(singleServer(url))),
)
