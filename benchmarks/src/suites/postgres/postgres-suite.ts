import type { Suite } from "../../harness/suite.ts"
import { append1 } from "./append-1.ts"
import { append1At10m } from "./append-1-at-10m.ts"
import { append1x50 } from "./append-1-x50.ts"
import { append10x10 } from "./append-10-x10.ts"
import { append1000 } from "./append-1000.ts"
import { appendCondition } from "./append-condition.ts"
import { appendConditionX20 } from "./append-condition-x20.ts"
import { describeServer } from "./describe-server.ts"
import { type PostgresParameters, postgresParameters } from "./postgres-parameters.ts"
import { readAll } from "./read-all.ts"

export const postgresSuite: Suite<PostgresParameters> = {
  name: "postgres",
  services: ["postgres"],
  parameters: postgresParameters,
  conditions: [
    "every contestant has a database of its own on one server, ten connections at most and the server's durability; an event has some 150 bytes of data and metadata and one tag",
  ],
  describeServices: describeServer,
  scenarios: [
    append1,
    append1x50,
    append10x10,
    append1000,
    appendCondition,
    appendConditionX20,
    readAll,
    append1At10m,
  ],
}
