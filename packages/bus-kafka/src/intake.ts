import type { GroupMember } from "@annals/core"
import { Feed } from "./feed.ts"
import { type FetchControl, Fetcher } from "./fetcher.ts"
import type { KafkaConnection, KafkaPosition } from "./kafka-client.ts"
import type { KafkaDelivery } from "./kafka-delivery.ts"
import type { KafkaSettings } from "./kafka-settings.ts"
import type { PartitionTenure } from "./partition-tenure.ts"
import { pause } from "./pause.ts"

export interface IntakeConnections {
  readonly main: KafkaConnection
  readonly retries: KafkaConnection
}

/** A partition, and from where on it is read. */
export interface Start {
  readonly tenure: PartitionTenure
  readonly position: KafkaPosition
}

interface Alarm {
  readonly at: number
  readonly off: AbortController
}

/**
 * Fetches messages of a generation's partitions, and hands them over as there is room. Retries have a connection of their own, and their partitions aren't fetched from
 * again until what waits is due: so none holds up another.
 */
export class Intake {
  readonly #member: GroupMember
  readonly #settings: KafkaSettings
  readonly #feeds: readonly Feed[]
  readonly #fetchers: readonly Fetcher[]
  readonly #stopped = new AbortController()
  #first = 0
  #isDrainDue = false
  #alarm: Alarm | undefined

  constructor(
    member: GroupMember,
    starts: readonly Start[],
    connections: IntakeConnections,
    settings: KafkaSettings,
    fetching: FetchControl["fetching"],
  ) {
    this.#member = member
    this.#settings = settings
    this.#feeds = starts.map(({ tenure, position }) => new Feed(tenure, position.offset))
    const [main, retries] = [
      this.#feeds.filter(({ tenure }) => tenure.delayMs === undefined),
      this.#feeds.filter(({ tenure }) => tenure.delayMs !== undefined),
    ]
    const arrived = () => this.#drain()
    this.#fetchers = [
      new Fetcher(connections.main, main, settings, {
        isFull: () => sum(main, ({ buffered }) => buffered) >= member.maxUnsettled,
        wants: ({ tenure }) => !tenure.isEnding,
        arrived,
        fetching,
      }),
      new Fetcher(connections.retries, retries, settings, {
        isFull: () => false,
        wants: ({ tenure, isEmpty }) => isEmpty && !tenure.isEnding,
        arrived,
        fetching,
      }),
    ]
  }

  start(): void {
    for (const fetcher of this.#fetchers) fetcher.pump()
  }

  /** There is room again. What is settled meanwhile makes room as well. */
  settled(): void {
    if (this.#isDrainDue) return
    this.#isDrainDue = true
    setImmediate(() => {
      this.#isDrainDue = false
      this.#drain()
    })
  }

  stop(): void {
    this.#stopped.abort()
    this.#alarm?.off.abort()
    for (const fetcher of this.#fetchers) fetcher.stop()
  }

  #drain(): void {
    if (this.#stopped.signal.aborted) return
    const deliveries = this.#takeDue()
    if (deliveries.length > 0) this.#member.receive(deliveries)
    this.#setAlarm()
    for (const fetcher of this.#fetchers) fetcher.pump()
  }

  #takeDue(): readonly KafkaDelivery[] {
    const deliveries: KafkaDelivery[] = []
    const now = this.#settings.clock.now()
    let room = this.#member.maxUnsettled - sum(this.#feeds, ({ tenure }) => tenure.unsettled)
    const first = this.#first++
    for (let i = 0; i < this.#feeds.length && room > 0; i++) {
      const feed = this.#feeds[(first + i) % this.#feeds.length] as Feed
      if (!feed.tenure.isEnding) room -= feed.take(room, now, deliveries)
    }
    return deliveries
  }

  /** Comes back when the next retry is due. */
  #setAlarm(): void {
    const now = this.#settings.clock.now()
    const dueAt = this.#feeds.reduce((earliest, feed) => {
      const at = feed.isEmpty || feed.tenure.isEnding ? 0 : feed.nextDueAt
      return at > now ? Math.min(earliest, at) : earliest
    }, Number.POSITIVE_INFINITY)
    if (dueAt === Number.POSITIVE_INFINITY || (this.#alarm?.at ?? dueAt + 1) <= dueAt) return
    this.#alarm?.off.abort()
    const alarm = { at: dueAt, off: new AbortController() }
    this.#alarm = alarm
    void this.#wake(alarm, dueAt - now)
  }

  async #wake(alarm: Alarm, milliseconds: number): Promise<void> {
    await pause(this.#settings.clock, milliseconds, alarm.off.signal)
    if (this.#alarm !== alarm) return
    this.#alarm = undefined
    this.#drain()
  }
}

function sum(feeds: readonly Feed[], of: (feed: Feed) => number): number {
  return feeds.reduce((total, feed) => total + of(feed), 0)
}
