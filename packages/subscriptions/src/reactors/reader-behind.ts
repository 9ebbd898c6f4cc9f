import { type CheckpointStore, type Clock, type LogPage, slotCount } from "@annals/core"
import type { LogReader, PageRequest } from "../reading/log-reader.ts"
import { pause } from "../reading/pause.ts"

const shortestPauseMs = 10
const longestPauseMs = 1_000

/** What is known of the others. */
interface Followed {
  readonly clock: Clock
  readonly checkpoints: Pick<CheckpointStore, "load">
  head(): Promise<number>
}

/**
 * A reader that stays behind other subscriptions: it hands over an event only when their checkpoints are past it, and waits for them where they are
 * behind. So whoever reads by it finds their work done.
 */
export function readerBehind(reader: LogReader, store: Followed, names: readonly string[]): LogReader {
  if (names.length === 0) return reader
  return {
    async read(request) {
      const least = await untilAhead(store, names, request)
      if (least <= request.after) return { events: [], scannedTo: request.after, more: false }
      const until = Math.min(least, request.until ?? least)
      const page: LogPage = await reader.read({ ...request, until })
      // What the page ends at is the others' place, unless it is the end that was asked for.
      return { ...page, more: page.more || until < (request.until ?? Number.POSITIVE_INFINITY) }
    },
  }
}

/** Waits until the others are ahead of the request, or there is nothing to wait for. Returns where they are. */
async function untilAhead(
  store: Followed,
  names: readonly string[],
  { after, signal }: PageRequest,
): Promise<number> {
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const head = await store.head()
    const least = await leastOf(store.checkpoints, names)
    if (least > after || head <= after || signal?.aborted) return least
    await pause(store.clock, pauseMs, signal)
  }
}

async function leastOf(checkpoints: Followed["checkpoints"], names: readonly string[]): Promise<number> {
  const places = await Promise.all(names.map((name) => placeOf(checkpoints, name)))
  return Math.min(...places)
}

/** Slots at 0 have no checkpoint. */
async function placeOf(checkpoints: Followed["checkpoints"], name: string): Promise<number> {
  const found = await checkpoints.load(name)
  const slots = found.reduce((count, { slots: { first, last } }) => count + last - first + 1, 0)
  return slots < slotCount ? 0 : Math.min(...found.map(({ position }) => position))
}
