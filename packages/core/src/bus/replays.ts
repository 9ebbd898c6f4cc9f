import type { GroupMembership } from "./bus-driver.ts"
import type { BusSettings } from "./bus-settings.ts"
import type { Consumer } from "./consumer.ts"
import type { Hold } from "./hold.ts"
import type { Intake } from "./intake.ts"
import type { ParkedStreams } from "./parked-streams.ts"

/**
 * Knows for a consumer which streams are parked: before the first event of a hold is handled, and again every now and then, because dead letters are
 * also replayed by other processes. Streams that wait for their replay are handed to whoever holds them.
 */
export class Replays {
  readonly #bus: BusSettings
  readonly #parked: ParkedStreams
  readonly #intake: Intake
  readonly #membership: Pick<GroupMembership, "nudge">
  readonly #consumer: Consumer

  constructor(
    bus: BusSettings,
    parked: ParkedStreams,
    intake: Intake,
    membership: Pick<GroupMembership, "nudge">,
    consumer: Consumer,
  ) {
    this.#bus = bus
    this.#parked = parked
    this.#intake = intake
    this.#membership = membership
    this.#consumer = consumer
  }

  /** Looks until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.look()
        failures = 0
      } catch (error) {
        this.#consumer.noteObstacle(error, ++failures)
      }
      await this.#bus.clock.sleep(this.#bus.replayPollIntervalMs, signal).catch(() => {})
    }
  }

  /** Looks once, and again after a failure, until it is known or the hold ends. */
  async prepare(hold: Hold): Promise<void> {
    for (let attempts = 1; !hold.isEnding; attempts++) {
      try {
        return await this.look()
      } catch (error) {
        this.#consumer.noteObstacle(error, attempts)
        await this.#consumer.backOff(attempts, hold)
      }
    }
  }

  async look(): Promise<void> {
    const requeued = await this.#parked.load()
    if (!this.#consumer.isRunning) return // the group may have been left meanwhile
    this.#intake.requeued(requeued)
    if (requeued.length > 0) this.#membership.nudge([...new Set(requeued.map(({ slot }) => slot))])
  }
}
