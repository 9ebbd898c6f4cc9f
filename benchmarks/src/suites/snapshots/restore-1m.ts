import type { Scenario } from "../../harness/scenario.ts"
import { medianTime } from "./median-time.ts"
import type { SnapshotsParameters } from "./snapshots-parameters.ts"
import { createSnapshottedAccount } from "./snapshotted-account.ts"

/** A stream of a million events, a snapshot, a hundred later events: how long it takes to have its state, p50. */
export const restore1m: Scenario<SnapshotsParameters> = {
  name: "restore-1m",
  unit: "ms",
  better: "lower",
  goals: [{ atMost: 1 }],
  rounds: ({ rounds }) => rounds,
  async prepare(bench) {
    const account = await createSnapshottedAccount(bench, bench.parameters.largeStream)
    const first = await medianTime(1, account.load)
    bench.note(`the first load, which opens the file, took ${first.toFixed(1)} ms`)
    return {
      ours: {
        round: () => medianTime(bench.parameters.loads, account.load),
        [Symbol.asyncDispose]: account[Symbol.asyncDispose],
      },
    }
  },
}
