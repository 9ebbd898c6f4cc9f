import { AnnalsError, type RecordedEvent } from "@annals/core"

/** What becomes of a call of `publish`: `sent` of its events arrive, and then it may fail. */
export interface PublishOutcome {
  readonly sent: number
  readonly fails: boolean
}

/** A bus that goes wrong as told, call by call, and works once it isn't told anything any more. */
export function createLossyBus(outcomes: readonly PublishOutcome[] = []) {
  const plan = [...outcomes]
  const received: RecordedEvent[] = []
  /** How many were received before each failure. */
  const failures: number[] = []
  return {
    received,
    failures,
    async publish(events: readonly RecordedEvent[]): Promise<void> {
      const { sent, fails } = plan.shift() ?? { sent: events.length, fails: false }
      received.push(...events.slice(0, fails ? sent : events.length))
      if (!fails) return
      failures.push(received.length)
      throw new AnnalsError("BUS_UNAVAILABLE", "the bus is away", { retryable: true })
    },
  }
}

/** The versions of each stream as they arrived. */
export function versionsByStream(events: readonly RecordedEvent[]): Record<string, number[]> {
  const versions: Record<string, number[]> = {}
  for (const { tenant, stream, version } of events) {
    const name = `${tenant}/${stream.category}/${stream.id}`
    versions[name] = [...(versions[name] ?? []), version]
  }
  return versions
}
