import { isAnnalsError, type StreamInfo } from "@annals/core"
import { checkWhole } from "../check-whole.ts"
import { findUsableSnapshot } from "../loading/find-usable-snapshot.ts"
import { about } from "../loading/snapshot-counts.ts"
import type { TakeAllOptions, TakeAllProgress } from "../snapshots.ts"
import { keyOf, type StreamSnapshots } from "./stream-snapshots.ts"

/** Takes a snapshot of each stream that has enough to replay. `take` is for one of them. */
export async function takeAll(
  snapshots: StreamSnapshots,
  take: (id: string) => Promise<boolean>,
  { minToReplay = 100, onProgress, signal }: TakeAllOptions,
): Promise<TakeAllProgress> {
  checkWhole(minToReplay, "minToReplay")
  const { store, tenant, category } = snapshots
  const progress = { seen: 0, taken: 0, failed: 0 }
  if (signal?.aborted) return progress
  for await (const info of store.listStreams({ tenant, category })) {
    progress.seen++
    const outcome = await takeOne(snapshots, take, info, minToReplay)
    if (outcome !== "nothing") progress[outcome]++
    onProgress?.({ ...progress })
    if (signal?.aborted) break
  }
  return progress
}

async function takeOne(
  snapshots: StreamSnapshots,
  take: (id: string) => Promise<boolean>,
  { stream: { id }, version }: StreamInfo,
  minToReplay: number,
): Promise<"taken" | "failed" | "nothing"> {
  try {
    if (version < minToReplay || (await toReplay(snapshots, id, version)) < minToReplay) return "nothing"
    return (await take(id)) ? "taken" : "nothing"
  } catch (error) {
    if (isAnnalsError(error, "STREAM_DISCARDED")) return "nothing"
    if (isAnnalsError(error, "CLOSED")) throw error
    const { logger } = snapshots.settings
    logger?.error("a snapshot could not be taken", { ...about(keyOf(snapshots, id)), error })
    return "failed"
  }
}

/** From the newest snapshot that is of use: what is in the store besides is in the way at most. */
async function toReplay(snapshots: StreamSnapshots, id: string, version: number): Promise<number> {
  const { places, codec } = snapshots.settings
  const found = await findUsableSnapshot(places.store(), keyOf(snapshots, id), version, codec, () => {})
  return version - (found?.revision ?? 0)
}
