import { usingService } from "@annals/services"
import { eventBusConformance } from "@annals/testing"
import { describe, it } from "vitest"
import { createSubject } from "./create-subject.ts"

usingService("rabbitmq", (url) => {
  eventBusConformance({ describe, it: it.concurrent }, (options) => createSubject(url, options), { runs: 10 })
})
