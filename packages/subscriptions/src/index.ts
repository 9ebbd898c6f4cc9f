// biome-ignore-all assist/source/organizeImports: grouped by what users look for

// Subscriptions
export { createSubscription } from "./subscription/create-subscription.ts"
export type { RunOptions } from "./subscription/check-run-options.ts"
export { createSubscriptionManager } from "./manager/create-subscription-manager.ts"
export type {
  Health,
  Runnable,
  RunnableStatus,
  SubscriptionManager,
  SubscriptionManagerOptions,
} from "./manager/subscription-manager.ts"
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
export { watch } from "./watch/watch.ts"
export type { Watch, WatchableStore, WatchOptions, WatchStreamOptions } from "./watch/watch.ts"

// Projections
export { defineDocumentProjection } from "./projections/define-document-projection.ts"
export {
  type Deleted,
  type DocumentHandlers,
  type DocumentProjection,
  type DocumentProjectionOptions,
  deleted,
} from "./projections/document-projection.ts"
export { defineTableProjection } from "./projections/define-table-projection.ts"
export type {
  CreateTable,
  TableContext,
  TableHandlers,
  TableProjection,
  TableProjectionOptions,
} from "./projections/table-projection.ts"
export type {
  ProjectionFilter,
  StoredProjection,
  StoredProjectionOptions,
} from "./projections/stored-projection.ts"
export { createMemoryProjection } from "./projections/create-memory-projection.ts"
export type { MemoryProjection, MemoryProjectionOptions } from "./projections/memory-projection.ts"
export { createExternalProjection } from "./projections/create-external-projection.ts"
export type {
  ExternalProjectionOptions,
  ExternalStep,
  ExternalStore,
} from "./projections/external-projection.ts"
export type { ProjectionTarget } from "./projections/projection-target.ts"
export {
  type ProjectionSubscriptionSettings,
  projectionSubscription,
} from "./projections/projection-subscription.ts"
export { inline, type InlineHook } from "./projections/inline.ts"
export { rebuildProjection } from "./rebuild/rebuild-projection.ts"
export { rebuildInPlace } from "./rebuild/rebuild-in-place.ts"
export { takeOver } from "./rebuild/take-over.ts"
export { formatProgress, type RebuildProgress } from "./rebuild/rebuild-progress.ts"
export type { Rebuild, RebuildOptions, RebuildState, RebuildStatus } from "./rebuild/rebuild.ts"
export {
  type FoldDocumentOptions,
  foldDocument,
  foldDocuments,
} from "./projections/fold-documents.ts"

// Read models
export { defineReadModel } from "./read-models/define-read-model.ts"
export type {
  DocumentPage,
  DocumentReader,
  ReadModel,
  ReadModelDocument,
  ReadModelRepository,
} from "./read-models/read-model.ts"
export type {
  Combined,
  Comparisons,
  DocumentQuery,
  DocumentScan,
  FieldPath,
  OrderBy,
  ScalarAt,
  Wanted,
  Where,
} from "./read-models/document-query.ts"

// Reactors and process managers
export { defineReactor } from "./reactors/define-reactor.ts"
export type { Followed, ReactorContext, ReactorHandlers, ReactorOptions } from "./reactors/reactor.ts"
export { defineProcessManager } from "./process-managers/define-process-manager.ts"
export { execute } from "./process-managers/execute.ts"
export {
  cancel,
  type CancelDecision,
  type CommandDecision,
  type DeadlineOptions,
  type ProcessDecision,
  type ProcessDecisions,
  schedule,
  type ScheduleDecision,
  send,
  type SendDecision,
} from "./process-managers/process-decision.ts"
export type {
  Correlate,
  ProcessContext,
  ProcessHandlers,
  ProcessManager,
  ProcessManagerOptions,
  ProcessSettings,
  RefusedCommand,
} from "./process-managers/process-manager.ts"
export { createDeadlineRunner } from "./deadlines/create-deadline-runner.ts"
export type { DeadlineRunner, DeadlineRunnerOptions, DeadlineStatus } from "./deadlines/deadline-runner.ts"

// Relay
export { defineRelay, type RelayOptions } from "./relay/define-relay.ts"
export { defineForwarder, type ForwarderOptions } from "./relay/define-forwarder.ts"
export { createOutboxRelay } from "./relay/create-outbox-relay.ts"
export type {
  OutboxRelay,
  OutboxRelayOptions,
  OutboxRelayStatus,
  ParkedMessage,
  SendContext,
} from "./relay/outbox-relay.ts"
export { type BusWakeUps, type BusWakeUpsOptions, busWakeUps } from "./relay/bus-wake-ups.ts"
export type { ForwardTarget } from "./relay/forward-target.ts"
