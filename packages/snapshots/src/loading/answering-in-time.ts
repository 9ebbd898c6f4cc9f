import { AnnalsError, type Clock, type SnapshotStore } from "@annals/core"

/** A place outside of the events' store may hang while that one works: then it fails, as if it were gone. */
export function answeringInTime(snapshots: SnapshotStore, clock: Clock, timeoutMs: number): SnapshotStore {
  const inTime = async <Result>(answer: Promise<Result>): Promise<Result> => {
    const answered = new AbortController()
    const tooLate = clock.sleep(timeoutMs, answered.signal).then(() => {
      const message = `the place where snapshots are kept didn't answer within ${timeoutMs} ms`
      throw new AnnalsError("STORE_UNAVAILABLE", message, { retryable: true })
    })
    try {
      return await Promise.race([answer, tooLate])
    } finally {
      answered.abort()
    }
  }
  return {
    load: async (key, atMost) => inTime(snapshots.load(key, atMost)),
    save: async (key, snapshot) => inTime(snapshots.save(key, snapshot)),
    prune: async (key, keepLast) => inTime(snapshots.prune(key, keepLast)),
  }
}
