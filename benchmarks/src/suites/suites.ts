import type { Suite } from "../harness/suite.ts"
import { kafkaBusSuite } from "./bus/kafka-suite.ts"
import { rabbitmqBusSuite } from "./bus/rabbitmq-suite.ts"
import { redisBusSuite } from "./bus/redis-suite.ts"
import { coreSuite } from "./core/core-suite.ts"
import { postgresSuite } from "./postgres/postgres-suite.ts"
import { snapshotsSuite } from "./snapshots/snapshots-suite.ts"
import { sqliteSuite } from "./sqlite/sqlite-suite.ts"
import { subscriptionsSuite } from "./subscriptions/subscriptions-suite.ts"
import { telemetrySuite } from "./telemetry/telemetry-suite.ts"

/** All suites, in the order in which they run. */
export const suites: readonly Suite[] = [
  coreSuite,
  sqliteSuite,
  postgresSuite,
  subscriptionsSuite,
  redisBusSuite,
  rabbitmqBusSuite,
  kafkaBusSuite,
  snapshotsSuite,
  telemetrySuite,
]
