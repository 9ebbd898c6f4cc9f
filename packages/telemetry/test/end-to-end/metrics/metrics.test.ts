import { describe, expect, it } from "vitest"
import { metricCatalogue } from "../../../src/metric-catalogue.ts"
import { metricsOfBuses } from "./of-buses.ts"
import { metricsOfLeases } from "./of-leases.ts"
import { metricsOfOutboxes } from "./of-outboxes.ts"
import { metricsOfStores } from "./of-stores.ts"
import { metricsOfSubscriptions } from "./of-subscriptions.ts"

describe("metrics, each driven by its real caller", () => {
  const seen = new Set<string>()
  metricsOfStores(seen)
  metricsOfSubscriptions(seen)
  metricsOfLeases(seen)
  metricsOfBuses(seen)
  metricsOfOutboxes(seen)

  it("are those of the catalogue, and none of them is always 0", () => {
    const names = Object.keys(metricCatalogue).filter((name) => !name.startsWith("annals.snapshot."))
    expect([...seen].sort()).toEqual(names.sort())
  })
})
