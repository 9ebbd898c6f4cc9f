import { usingService } from "@annals/services"
import { eventBusConformance } from "@annals/testing"
import { describe, it } from "vitest"
import { clusterOf, createSubjectsAt } from "./redis-subject.ts"

// Each partition that a consumer reads has a connection of its own here: fewer of them, and still some on every node.
usingService("redis-cluster", (url) =>
  eventBusConformance({ describe, it: it.concurrent }, createSubjectsAt(clusterOf(url), { partitions: 6 })),
)
