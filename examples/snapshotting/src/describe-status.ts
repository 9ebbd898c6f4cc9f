import type { SnapshotStatus } from "@annals/snapshots"

/** What was done with snapshots, without what wasn't. */
export function describeStatus(status: Pick<SnapshotStatus, "taken" | "hits" | "misses">): string {
  const { taken, hits, misses } = status
  const why = Object.entries(misses).filter(([, count]) => count > 0)
  const counts = [["taken", taken], ["used", hits], ...why] as const
  return counts
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what} ${count}`)
    .join(", ")
}
