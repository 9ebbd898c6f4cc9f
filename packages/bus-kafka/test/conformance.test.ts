import { usingService } from "@annals/services"
import { eventBusConformance } from "@annals/testing"
import { describe, it } from "vitest"
import { clients } from "./clients.ts"
import { createSubject } from "./create-subject.ts"

usingService("kafka", (url) => {
  // Most of a test is spent waiting for brokers: all of both clients run at the same time, a few at a time.
  describe.concurrent.for(clients)("by $name", (client) => {
    eventBusConformance({ describe: describe.concurrent, it: it.concurrent }, (options) =>
      createSubject(url, client, options),
    )
  })
})
