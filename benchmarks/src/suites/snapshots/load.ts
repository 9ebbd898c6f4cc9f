import type { Scenario } from "../../harness/scenario.ts"
import { medianTime } from "./median-time.ts"
import type { SnapshotsParameters } from "./snapshots-parameters.ts"
import { createSnapshottedAccount } from "./snapshotted-account.ts"

export const load10k = loadScenario("load-10k", ({ mediumStream }) => mediumStream)
export const load1m = loadScenario("load-1m", ({ largeStream }) => largeStream)

/** Loads the newest state of a stream through its snapshot, p50. Without one, all events are replayed. */
function loadScenario(
  name: string,
  eventsOf: (parameters: SnapshotsParameters) => number,
): Scenario<SnapshotsParameters> {
  return {
    name,
    unit: "ms",
    better: "lower",
    rounds: ({ rounds }) => rounds,
    async prepare(bench) {
      const { loads, replays } = bench.parameters
      const account = await createSnapshottedAccount(bench, eventsOf(bench.parameters))
      return {
        ours: {
          round: () => medianTime(loads, account.load),
          [Symbol.asyncDispose]: account[Symbol.asyncDispose],
        },
        peers: { without: { round: () => medianTime(replays, account.replay) } },
      }
    },
  }
}
