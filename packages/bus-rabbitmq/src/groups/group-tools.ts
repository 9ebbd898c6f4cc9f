import type { Consuming } from "../consuming/consuming.ts"
import type { Publishing } from "../publishing/publishing.ts"
import type { Settings } from "../settings.ts"
import type { Names } from "../topology/names.ts"

/** What whatever is done for a group needs. */
export interface GroupTools {
  readonly settings: Settings
  readonly names: Names
  readonly publishing: Publishing
  readonly consuming: Consuming
  /** Retry queues that were declared here, so that they can go with their group. */
  readonly retryQueues: Map<string, Set<string>>
}

/** How many seconds pass until it is looked again whether all is there that was declared: of a binding that somebody removed, nobody tells. */
export const lookEveryTicks = 60

/** The largest number that AMQP can say. */
export const largestPrefetch = 65_535
