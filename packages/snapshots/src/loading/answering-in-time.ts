import { AnnalsError, type Clock, type SnapshotStore } from "@annals/core"

/** How many times as long as it may take for an answer, a place that gave none isn't asked again. */
const restFactor = 10

/**
 * A place outside of the events' store may hang while that one works: then it fails, as if it were gone, and for a while it isn't asked at all. Else each load would
 * take as long as it may take.
 */
export function answeringInTime(snapshots: SnapshotStore, clock: Clock, timeoutMs: number): SnapshotStore {
  let silentAt: number | undefined

  const isResting = () => {
    if (silentAt === undefined) return false
    const since = clock.now() - silentAt
    // Not for hours where the clock was set back.
    return since >= 0 && since < timeoutMs * restFactor
  }

  const inTime = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
    if (isResting()) throw noAnswer(timeoutMs)
    const answered = new AbortController()
    const tooLate = clock.sleep(timeoutMs, answered.signal).then(() => {
      silentAt = clock.now()
      throw noAnswer(timeoutMs)
    })
    try {
      return await Promise.race([ask(), tooLate])
    } finally {
      answered.abort()
    }
  }

  return {
    load: (key, atMost) => inTime(async () => snapshots.load(key, atMost)),
    save: (key, snapshot) => inTime(async () => snapshots.save(key, snapshot)),
    prune: (key, keepLast) => inTime(async () => snapshots.prune(key, keepLast)),
  }
}

function noAnswer(timeoutMs: number): AnnalsError {
  const message = `the place where snapshots are kept didn't answer within ${timeoutMs} ms`
  return new AnnalsError("STORE_UNAVAILABLE", message, { retryable: true })
}
