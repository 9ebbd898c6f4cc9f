import type { Delivery, Tenure } from "@annals/core"
import type { GroupKeys } from "../topic-keys.ts"

/** A stream that a member reads, of a partition that it holds. */
export interface Source {
  readonly tenure: PartitionTenure
  readonly key: string
  /** Whether it belongs to the group alone: what is acknowledged is deleted. */
  readonly isOwn: boolean
  /** `>`: new entries are read. Else the entry up to which pending ones were read again: those come first. */
  cursor: string
  /** The last entry that the group was given, when there was nothing behind it. */
  watchedFrom: string
  /** With order "stream": whether there may be new entries. */
  mayHaveMore: boolean
  /** Entries that were handed over, until they are released, or Redis has confirmed what became of them: those that are read again are left out. */
  readonly handed: Set<string>
  /** How many of them the member hasn't settled. */
  unsettled: number
}

/** A member's hold on a partition. */
export class PartitionTenure implements Tenure {
  readonly partition: number
  /** By this Redis knows who holds it. */
  readonly token: string
  readonly keys: GroupKeys
  /** Where Redis has the token. */
  readonly guard: string
  readonly sources: readonly Source[]
  /** Nothing more is handed over: it is about to be given away. */
  isEnding = false
  readonly #lost = new AbortController()

  constructor(partition: number, token: string, keys: GroupKeys, order: "stream" | "none") {
    this.partition = partition
    this.token = token
    this.keys = keys
    this.guard = order === "stream" ? keys.lease : keys.members
    const shared = createSource(this, keys.events, false)
    this.sources = order === "stream" ? [shared] : [shared, createSource(this, keys.again, true)]
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  get isLive(): boolean {
    return !this.isEnding && !this.#lost.signal.aborted
  }

  get unsettled(): number {
    let count = 0
    for (const { unsettled } of this.sources) count += unsettled
    return count
  }

  lose(): void {
    this.#lost.abort()
    for (const source of this.sources) {
      source.handed.clear()
      source.unsettled = 0
    }
  }

  /** Pending entries are read again: an answer that held some may not have arrived. */
  readAgain(): void {
    for (const source of this.sources) {
      source.cursor = "0"
      source.mayHaveMore = true
    }
  }
}

/** A message as it was read from Redis. */
export class RedisDelivery implements Delivery {
  readonly tenure: PartitionTenure
  readonly source: Source
  /** Of the entry. */
  readonly id: string
  /** Only with order "none", which needs it to put the message aside. Keeping it would keep all that was read with it in memory. */
  readonly eventId: Buffer | undefined
  readonly head: string | undefined
  readonly body: string | Uint8Array
  readonly attempts: number
  isSettled = false

  constructor(
    source: Source,
    id: string,
    eventId: Buffer | undefined,
    head: string | undefined,
    body: string | Uint8Array,
    attempts: number,
  ) {
    this.tenure = source.tenure
    this.source = source
    this.id = id
    this.eventId = eventId
    this.head = head
    this.body = body
    this.attempts = attempts
  }

  get place(): string {
    return `${this.source.key} ${this.id}`
  }
}

function createSource(tenure: PartitionTenure, key: string, isOwn: boolean): Source {
  return {
    tenure,
    key,
    isOwn,
    cursor: "0",
    watchedFrom: "0",
    mayHaveMore: true,
    handed: new Set(),
    unsettled: 0,
  }
}
