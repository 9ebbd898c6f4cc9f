import type { KafkaConnection, KafkaMembership } from "./kafka-client.ts"
import type { KafkaSettings } from "./kafka-settings.ts"
import type { PartitionTenure } from "./partition-tenure.ts"
import { pause } from "./pause.ts"

/** Commits what is acknowledged of a generation's partitions, soon, and one request at a time. */
export class Committer {
  readonly #connection: KafkaConnection
  readonly #membership: KafkaMembership
  readonly #tenures: readonly PartitionTenure[]
  readonly #settings: KafkaSettings
  readonly #report: (outcome: "works" | { readonly error: unknown }) => void
  readonly #stopped = new AbortController()
  #isDue = false
  #running: Promise<void> = Promise.resolve()

  constructor(
    connection: KafkaConnection,
    membership: KafkaMembership,
    tenures: readonly PartitionTenure[],
    settings: KafkaSettings,
    report: (outcome: "works" | { readonly error: unknown }) => void,
  ) {
    this.#connection = connection
    this.#membership = membership
    this.#tenures = tenures
    this.#settings = settings
    this.#report = report
  }

  /** Something was acknowledged. */
  note(): void {
    if (this.#isDue || this.#stopped.signal.aborted) return
    this.#isDue = true
    void this.#commitSoon()
  }

  /** Commits all that is acknowledged by now. */
  commit(): Promise<void> {
    const commit = this.#running.catch(() => {}).then(() => this.#commit())
    this.#running = commit
    return commit
  }

  stop(): void {
    this.#stopped.abort()
  }

  async #commitSoon(): Promise<void> {
    await pause(this.#settings.clock, this.#settings.commitIntervalMs, this.#stopped.signal)
    if (this.#stopped.signal.aborted) return
    this.#isDue = false
    try {
      await this.commit()
      this.#report("works")
    } catch (error) {
      this.#report({ error })
      this.note()
    }
  }

  async #commit(): Promise<void> {
    const positions = this.#tenures.flatMap((tenure) => tenure.uncommitted() ?? [])
    if (positions.length === 0) return
    await this.#connection.commit(this.#membership, positions)
    for (const tenure of this.#tenures) {
      const done = positions.find(
        ({ topic, partition }) => topic === tenure.topic && partition === tenure.partition,
      )
      if (done !== undefined) tenure.committed(done.offset)
    }
  }
}
