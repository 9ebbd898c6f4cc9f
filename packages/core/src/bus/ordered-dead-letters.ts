import { checkUuid } from "../ids/check-uuid.ts"
import type { DeadLetter, DeadLetterFailure, DeadLetterStore } from "../ports/dead-letter-store.ts"
import type { BusDeadLetter, BusDeadLetters } from "../ports/event-bus.ts"
import { checkEach, checkLimit } from "../ports/front/check-input.ts"
import { type StreamKey, streamName } from "../streams/stream.ts"
import type { RestoreBusEvent } from "./bus-event.ts"
import { deadLetterSource } from "./parked-streams.ts"

const pageSize = 500

/**
 * A group's dead letters in a `DeadLetterStore`. To keep their order, replaying some events of a stream replays all that
 * are parked of it, and discarding some replays those that waited behind. `onRequeued` has those consumers that run here look for them.
 */
export function createOrderedDeadLetters(
  store: DeadLetterStore,
  group: string,
  restore: RestoreBusEvent,
  onRequeued: () => void,
): BusDeadLetters {
  const source = deadLetterSource(group)
  const requeue = async (streams: Iterable<StreamKey>) => {
    let count = 0
    for (const stream of streams) count += await store.requeue(source, stream)
    onRequeued()
    return count
  }
  /** Those whose first event didn't fail: it waited, and for nothing now. */
  const free = async (streams: Iterable<StreamKey>) => {
    const found: StreamKey[] = []
    for (const stream of streams) {
      const [first] = await store.list({ source, stream, limit: 1 })
      if (first !== undefined && first.failure === undefined) found.push(stream)
    }
    return found
  }
  return {
    async list({ limit } = {}) {
      const entries = await store.list({ source, limit: checkLimit(limit) })
      return describe(entries, restore)
    },
    replay: async (eventIds) =>
      requeue(await streamsOf(store, source, eventIds === undefined ? undefined : checkIds(eventIds))),
    async discard(eventIds) {
      const streams = await streamsOf(store, source, checkIds(eventIds))
      const count = await store.remove(source, eventIds)
      await requeue(await free(streams))
      return count
    },
  }
}

function checkIds(eventIds: readonly string[]): ReadonlySet<string> {
  return new Set(checkEach(eventIds, "eventIds", checkUuid))
}

/** The parked streams, or those of them that have one of these events. */
async function streamsOf(
  store: DeadLetterStore,
  source: string,
  ids: ReadonlySet<string> | undefined,
): Promise<Iterable<StreamKey>> {
  if (ids === undefined) return (await store.parkedStreams(source)).map(({ stream }) => stream)
  const streams = new Map<string, StreamKey>()
  for await (const { eventId, stream } of allEntries(store, source)) {
    if (ids.has(eventId)) streams.set(streamName(stream), stream)
  }
  return streams.values()
}

async function* allEntries(store: DeadLetterStore, source: string): AsyncGenerator<DeadLetter> {
  let after = 0
  while (true) {
    const page = await store.list({ source, after, limit: pageSize })
    yield* page
    const last = page.at(-1)
    if (last === undefined) return
    after = last.sequence
  }
}

/** An entry without a failure of its own waits behind one that has: that one's time is shown. */
async function describe(
  entries: readonly DeadLetter[],
  restore: RestoreBusEvent,
): Promise<readonly BusDeadLetter[]> {
  const failures = new Map<string, DeadLetterFailure>()
  const described: BusDeadLetter[] = []
  for (const { stream, event, failure } of entries) {
    if (event === undefined) continue
    if (failure !== undefined) failures.set(streamName(stream), failure)
    described.push({
      event: await restore(event),
      code: failure?.code ?? "PARKED",
      message: failure?.message ?? "waits behind an earlier event of its stream",
      attempts: failure?.attempts ?? 0,
      failedAt: failures.get(streamName(stream))?.failedAt ?? event.recordedAt,
    })
  }
  return described
}
