import type { EventStore } from "@annals/core"
import { LogTail } from "../reading/log-tail.ts"
import { StoreReader } from "../reading/store-reader.ts"
import { checkRunOptions, type RunOptions } from "./check-run-options.ts"
import { DurableSubscription } from "./driver/durable-subscription.ts"
import type { Subscription } from "./subscription.ts"
import type { SubscriptionDefinition } from "./subscription-definition.ts"

/**
 * Makes a subscription ready to be started: nothing is read before. For several, see `createSubscriptionManager`.
 *
 * @example
 * const receipts = defineSubscription("receipts", { events: [orderPaid], handle: ({ data }) => sendMail(data) })
 * await using running = createSubscription(store, receipts)
 * await running.start()
 */
export function createSubscription<Tx>(
  store: EventStore<Tx>,
  definition: SubscriptionDefinition<NoInfer<Tx>>,
  options: RunOptions = {},
): Subscription {
  const settings = checkRunOptions(options)
  const tail = new LogTail({ store, ...settings })
  return new DurableSubscription({ store, definition, reader: new StoreReader(store), tail, ...settings })
}
