import type { Suite } from "../../harness/suite.ts"
import { describeServer } from "../postgres/describe-server.ts"
import { catchUpPostgres } from "./catch-up-postgres.ts"
import { catchUpSqlite } from "./catch-up-sqlite.ts"
import { catchUpTransaction } from "./catch-up-transaction.ts"
import { instancesScenario } from "./instances/instances-scenario.ts"
import { latencyScenario } from "./latency/latency-scenario.ts"
import { type SubscriptionsParameters, subscriptionsParameters } from "./subscriptions-parameters.ts"
import { tenProjections } from "./ten-projections.ts"

export const subscriptionsSuite: Suite<SubscriptionsParameters> = {
  name: "subscriptions",
  services: ["postgres"],
  parameters: subscriptionsParameters,
  conditions: [
    "an event has some 150 bytes of data and metadata and one tag; every contestant has a database (or file) of its own and the server's durability",
  ],
  describeServices: describeServer,
  scenarios: [
    catchUpSqlite,
    catchUpPostgres,
    catchUpTransaction,
    latencyScenario(100),
    latencyScenario(1000),
    tenProjections,
    instancesScenario(1),
    instancesScenario(2),
    instancesScenario(4),
  ],
}
