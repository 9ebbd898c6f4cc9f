import type { Suite } from "../../harness/suite.ts"
import { appendOverhead } from "./append-overhead.ts"
import { load1m, load10k } from "./load.ts"
import { restore1m } from "./restore-1m.ts"
import { type SnapshotsParameters, snapshotsParameters } from "./snapshots-parameters.ts"

export const snapshotsSuite: Suite<SnapshotsParameters> = {
  name: "snapshots",
  parameters: snapshotsParameters,
  conditions: [
    "on SQLite, every commit durable (WAL, synchronous = FULL), with the snapshots of the store itself",
  ],
  scenarios: [
    load10k,
    load1m,
    restore1m,
    appendOverhead("append-overhead", "after"),
    appendOverhead("append-overhead-transaction", "transaction"),
    appendOverhead("append-overhead-background", "background"),
  ],
}
