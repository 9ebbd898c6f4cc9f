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
  /**
   * Entries that were handed over, until Redis has confirmed what became of them. False: acknowledged here, and not yet confirmed. Whatever is read again of
   * either is left out.
   */
  readonly handed: Map<string, boolean>
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
    for (const { handed } of this.sources) for (const isUnsettled of handed.values()) if (isUnsettled) count++
    return count
  }

  lose(): void {
    this.#lost.abort()
    for (const { handed } of this.sources) handed.clear()
  }

  /** Pending entries are read again: an answer that held some may not have arrived. */
  readAgain(): void {
    for (const source of this.sources) source.cursor = "0"
  }
}

/** A message as it was read from Redis. */
export interface RedisDelivery extends Delivery {
  readonly tenure: PartitionTenure
  readonly source: Source
  /** Of the entry. */
  readonly id: string
  readonly eventId: string
}

function createSource(tenure: PartitionTenure, key: string, isOwn: boolean): Source {
  return { tenure, key, isOwn, cursor: "0", watchedFrom: "0", handed: new Map() }
}
