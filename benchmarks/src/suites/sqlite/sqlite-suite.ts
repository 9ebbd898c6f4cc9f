import type { Suite } from "../../harness/suite.ts"
import { append1 } from "./append-1.ts"
import { append1At10m } from "./append-1-at-10m.ts"
import { append1x50 } from "./append-1-x50.ts"
import { appendBulk } from "./append-bulk.ts"
import { bytesPerEvent } from "./bytes-per-event.ts"
import { load1m } from "./load-1m.ts"
import { readAll } from "./read-all.ts"
import { type SqliteParameters, sqliteParameters } from "./sqlite-parameters.ts"

export const sqliteSuite: Suite<SqliteParameters> = {
  name: "sqlite",
  parameters: sqliteParameters,
  conditions: [
    "every commit durable (WAL, synchronous = FULL), for all contestants; an event has some 150 bytes of data and metadata and one tag",
  ],
  scenarios: [append1, append1x50, appendBulk, load1m, readAll, bytesPerEvent, append1At10m],
}
