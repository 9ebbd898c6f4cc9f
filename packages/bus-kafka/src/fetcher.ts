import type { Feed } from "./feed.ts"
import type { FetchedPartition, KafkaConnection, KafkaPartition, KafkaPosition } from "./kafka-client.ts"
import { codes, isPassing, KafkaFailure } from "./kafka-failure.ts"
import type { KafkaSettings } from "./kafka-settings.ts"
import { byLeader, Leaders } from "./leaders.ts"
import { pause, retryDelayMs } from "./pause.ts"

/** What a fetcher asks, and tells. */
export interface FetchControl {
  /** Whether so much is waiting that nothing more is to be fetched. */
  isFull(): boolean
  wants(feed: Feed): boolean
  arrived(): void
  fetching(outcome: "works" | { readonly error: unknown }): void
}

/** How long a broker waits for a message. It also delays what is to be fetched newly meanwhile. */
const maxWaitMs = 500

/** Fetches for its feeds over a connection of its own, from each leader one request at a time. */
export class Fetcher {
  readonly #connection: KafkaConnection
  readonly #leaders: Leaders
  readonly #settings: KafkaSettings
  readonly #control: FetchControl
  readonly #feeds: readonly Feed[]
  readonly #busy = new Set<number>()
  readonly #stopped = new AbortController()
  #isPlanning = false
  #failures = 0

  constructor(
    connection: KafkaConnection,
    feeds: readonly Feed[],
    settings: KafkaSettings,
    control: FetchControl,
  ) {
    this.#connection = connection
    this.#leaders = new Leaders(connection)
    this.#feeds = feeds
    this.#settings = settings
    this.#control = control
  }

  /** Begins to fetch whatever is wanted and isn't being fetched. */
  pump(): void {
    if (this.#isPlanning || this.#stopped.signal.aborted || this.#control.isFull()) return
    const wanted = this.#feeds.filter((feed) => this.#control.wants(feed))
    if (wanted.length > 0) void this.#plan(wanted)
  }

  stop(): void {
    this.#stopped.abort()
  }

  async #plan(wanted: readonly Feed[]): Promise<void> {
    this.#isPlanning = true
    try {
      for (const [leader, feeds] of await byLeader(this.#leaders, wanted)) {
        if (!this.#busy.has(leader)) void this.#fetch(leader, feeds)
      }
      this.#isPlanning = false
    } catch (error) {
      await this.#failed(error)
      this.#isPlanning = false
      this.pump()
    }
  }

  async #fetch(leader: number, feeds: readonly Feed[]): Promise<void> {
    const { fetchBytes } = this.#settings
    const { signal } = this.#stopped
    if (signal.aborted) return
    this.#busy.add(leader)
    try {
      const limits = {
        maxWaitMs,
        maxBytes: fetchBytes,
        maxBytesPerPartition: Math.min(fetchBytes, 1_048_576),
      }
      const positions = feeds.map(({ position }) => position)
      const fetched = await this.#connection.fetch(leader, positions, limits)
      if (!signal.aborted) await this.#take(fetched, positions)
    } catch (error) {
      if (!signal.aborted) await this.#failed(error)
    }
    this.#busy.delete(leader)
    this.pump()
  }

  async #take(fetched: readonly FetchedPartition[], asked: readonly KafkaPosition[]): Promise<void> {
    const failures: KafkaFailure[] = []
    for (const each of fetched) {
      const feed = this.#feeds.find((one) => isSame(one, each))
      // When the leader has changed, a partition may have been fetched from the new one meanwhile.
      if (feed?.position.offset !== asked.find((one) => isSame(one, each))?.offset) continue
      if (feed === undefined) continue
      if (each.errorCode === 0) feed.add(each, this.#settings.clock.now())
      else if (each.errorCode === codes.offsetOutOfRange) await this.#findPlace(feed)
      else failures.push(failureOf(each))
    }
    this.#control.arrived()
    const [failure] = failures
    if (failure !== undefined) throw failure
    this.#failures = 0
    this.#control.fetching("works")
  }

  async #failed(error: unknown): Promise<void> {
    this.#leaders.forget()
    this.#control.fetching({ error })
    if (!isPassing(error)) return this.stop()
    await pause(this.#settings.clock, retryDelayMs(++this.#failures), this.#stopped.signal)
  }

  /**
   * What the group hasn't had was dropped, or the log has been cut off at its end, or is another one by the same name. What that holds the group may not have had:
   * all of it comes, some of it again.
   */
  async #findPlace(feed: Feed): Promise<void> {
    const { topic, partition } = feed
    const leader = await this.#leaders.leaderOf(feed)
    const [start] = await this.#connection.offsets(leader, [feed.position], "start")
    const { offset } = feed.position
    const next = start?.offset ?? 0
    this.#settings.logger?.error(
      "events are gone before a group had them: they were kept too short, or lost by a broker",
      {
        topic,
        partition,
        offset,
        next,
      },
    )
    feed.skipTo(next)
    feed.tenure.restartAt(next)
  }
}

function isSame(one: KafkaPartition, other: KafkaPartition): boolean {
  return one.topic === other.topic && one.partition === other.partition
}

function failureOf({ topic, errorCode }: FetchedPartition): KafkaFailure {
  const message = `the broker answered with error ${errorCode} for topic ${topic}`
  return new KafkaFailure("protocol", message, { code: errorCode })
}
