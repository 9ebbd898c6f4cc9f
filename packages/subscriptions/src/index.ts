// biome-ignore-all assist/source/organizeImports: grouped by what users look for

// Subscriptions
export { defineSubscription } from "./subscription/define-subscription.ts"
export type {
  CheckpointEvery,
  EventOfTypes,
  SubscriptionDefinition,
  SubscriptionFilter,
  SubscriptionKind,
  SubscriptionOptions,
  SubscriptionRetryOptions,
  SubscriptionSettings,
} from "./subscription/subscription-definition.ts"
export type {
  BatchHandler,
  EventHandler,
  HandlerContext,
  HandlerOptions,
  Handling,
  RunHandler,
  TransactionalBatchHandler,
  TransactionalEventHandler,
  TransactionContext,
} from "./subscription/handling.ts"
export type {
  StopOptions,
  Subscription,
  SubscriptionLag,
  SubscriptionState,
  SubscriptionStatus,
  WaitOptions,
} from "./subscription/subscription.ts"
export type { SubscriptionDeadLetters } from "./dead-letters/subscription-dead-letters.ts"

// Watching

// Projections

// Read models

// Reactors and process managers

// Relay
export { defineRelay, type RelayOptions } from "./relay/define-relay.ts"
export { defineForwarder, type ForwarderOptions } from "./relay/define-forwarder.ts"
export { type BusWakeUps, type BusWakeUpsOptions, busWakeUps } from "./relay/bus-wake-ups.ts"
export type { ForwardTarget } from "./relay/forward-target.ts"
