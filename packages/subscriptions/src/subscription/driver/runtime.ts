import type { EventStore } from "@annals/core"
import type { LogReader } from "../../reading/log-reader.ts"
import type { LogTail } from "../../reading/log-tail.ts"
import type { SubscriptionDefinition } from "../subscription-definition.ts"

/** What a subscription runs on. */
export interface Runtime<Tx> {
  readonly store: EventStore<Tx>
  readonly definition: SubscriptionDefinition<Tx>
  readonly reader: LogReader
  readonly tail: LogTail
  /** Names this instance among those of the subscription. */
  readonly instance: string
  readonly leaseTtlMs: number
  readonly random: () => number
}
