import { busSuites } from "./bus/bus-suites.ts"
import type { FaultSuite } from "./harness/fault-suite.ts"
import { postgresSuite } from "./postgres/postgres-suite.ts"
import { sqliteSuite } from "./sqlite/sqlite-suite.ts"
import { subscriptionsSuite } from "./subscriptions/subscriptions-suite.ts"

/** All suites, in the order in which they run. */
export const suites: readonly FaultSuite[] = [sqliteSuite, postgresSuite, subscriptionsSuite, ...busSuites]
