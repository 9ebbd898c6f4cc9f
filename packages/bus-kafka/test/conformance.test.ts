import { usingService } from "@annals/services"
import { eventBusConformance } from "@annals/testing"
import { describe, it } from "vitest"
import { clients } from "./clients.ts"
import { createSubject } from "./create-subject.ts"

usingService("kafka", (url) => {
  describe.for(clients)("by $name", (client) => {
    eventBusConformance({ describe, it: it.concurrent }, (options) => createSubject(url, client, options))
  })
})
