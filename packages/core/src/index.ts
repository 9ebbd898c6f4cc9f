// Event types

export { discarded, sourceHandled } from "./events/built-in-events.ts"
export { copyJson } from "./events/copy-json.ts"
export { defineEvent } from "./events/define-event.ts"
export type { EventMetadata, EventOptions, NewEvent, Recorded, RecordedEvent } from "./events/event.ts"
export { defineEvents, type EventIn, type EventSet } from "./events/event-set.ts"
export type {
  EventOf,
  EventType,
  EventTypeOptions,
  NextVersionOptions,
  UpcastContext,
} from "./events/event-type.ts"
export type { OwnHandlers } from "./events/own-handlers.ts"
export type { JsonValue, Payload } from "./events/payload.ts"
export { type PlainType, type } from "./events/plain-type.ts"
export type { ReadPolicy, SkipWithReport } from "./events/read-policy.ts"
export type {
  SchemaInput,
  SchemaIssue,
  SchemaOutput,
  SchemaResult,
  StandardSchema,
} from "./events/standard-schema.ts"
export type { Uninferred } from "./events/uninferred.ts"

// Streams

export { type Category, defineCategory } from "./streams/category.ts"
export { type ExpectedVersion, matchesExpected } from "./streams/expected-version.ts"
export { beginning, type Position } from "./streams/position.ts"
export { slotCount, slotOf } from "./streams/slot.ts"
export {
  describeStream,
  type StreamId,
  type StreamKey,
  streamId,
  streamName,
  type TypedStream,
} from "./streams/stream.ts"
export { checkName } from "./streams/validate-name.ts"

// Deciders

export type { CommandContext, PayloadArgument } from "./deciders/command.ts"
export type { Decide, Decider, DeciderDefinition, Evolve } from "./deciders/decider.ts"
export type { Decision } from "./deciders/decision.ts"
export { defineDecider } from "./deciders/define-decider.ts"
export { isRefusal, isRefused, type Refusal, refuse } from "./deciders/refusal.ts"

// Aggregates

export type { AggregateDefinition, PayloadsOf } from "./aggregates/aggregate-definition.ts"
export {
  type AggregateClass,
  type AggregateObject,
  aggregateOf,
  applyEvent,
} from "./aggregates/aggregate-of.ts"
export {
  type AggregateCommands,
  type AggregateOptions,
  defineAggregate,
  type EventHandlers,
  type Raising,
} from "./aggregates/define-aggregate.ts"
export { handles } from "./aggregates/handles.ts"
export type { LoadedAggregate } from "./aggregates/loaded-aggregate.ts"
export { idOf, newEventsOf, raise, versionOf } from "./aggregates/raise.ts"
export type { UnhandledPolicy } from "./aggregates/unhandled-event.ts"

// Repository

export { createRepository } from "./repository/create-repository.ts"
export type {
  CommandsOf,
  DiscardOptions,
  ExecuteOptions,
  ExecuteResult,
  LoadOptions,
  Repository,
  SaveOptions,
  SaveResult,
} from "./repository/repository.ts"
export type { RepositoryOptions } from "./repository/repository-options.ts"
export { saveTogether } from "./repository/save-aggregates.ts"
export type {
  SnapshotLoading,
  SnapshotOwner,
  StreamGrowth,
  VersionedState,
} from "./repository/snapshot-loading.ts"

// Decision models

export type {
  DecisionModel,
  DecisionParts,
  StatesOf,
  TaggedProjection,
} from "./decision-models/decision-model.ts"
export { readDecisionModel } from "./decision-models/read-decision-model.ts"
export { tagged } from "./decision-models/tagged.ts"

// Projections

export { defineProjection, type ProjectionDefinition } from "./projections/define-projection.ts"
export { foldProjection } from "./projections/fold-projection.ts"
export type {
  FoldGrowth,
  FoldScope,
  FoldSnapshotLoading,
  PositionedState,
} from "./projections/fold-snapshot-loading.ts"
export type { Projection, ProjectionHandlers } from "./projections/projection.ts"

// Stores

export type { EventFilter } from "./store/event-filter.ts"
export { type AppendCondition, type EventQuery, matchesQuery, type QueryItem } from "./store/event-query.ts"
export type {
  AppendOptions,
  AppendResult,
  DecodeOptions,
  EventLog,
  EventPage,
  EventReader,
  EventStore,
  EventsOf,
  ReadAllOptions,
  ReadStreamOptions,
  StreamEvents,
} from "./store/event-store.ts"
export type { FilterTest } from "./store/filter-test.ts"
export type { StoreOptions } from "./store/store-options.ts"
export type { TransactionalStore, UnitOfWork } from "./store/unit-of-work.ts"

// Memory

export { createMemoryBus, type MemoryBusOptions } from "./memory/create-memory-bus.ts"
export { createMemoryStore } from "./memory/create-memory-store.ts"
export type { CallersMemoryTransaction, MemoryStore, MemoryTransaction } from "./memory/memory-transaction.ts"

// Writing a store

export { createMemoryStoreDriver, type MemoryStoreDriver } from "./memory/memory-store-driver.ts"
export { createStore } from "./store/create-store.ts"
export { harmlessLogger } from "./store/harmless-logger.ts"
export type {
  AppendBatch,
  Appended,
  AppendOutcome,
  LogPage,
  LogRange,
  StoreCapabilities,
  StoreDriver,
  StoreSession,
  StreamAppend,
  StreamFilter,
  StreamInfo,
  StreamPage,
  StreamRange,
  TransactionSession,
} from "./store/store-driver.ts"
export type { NewStoredEvent, StoredEvent, StoredEventHead, StoredPayload } from "./store/stored-event.ts"

// Writing a bus

export type {
  BrokerDeadLetter,
  BrokerDeadLetters,
  BusDriver,
  BusMessage,
  Delivery,
  GroupMember,
  GroupMembership,
  Tenure,
} from "./bus/bus-driver.ts"
export type { BusOptions } from "./bus/bus-options.ts"
export { createBus } from "./bus/create-bus.ts"
export { createMemoryBusDriver, type MemoryBusDriverOptions } from "./memory/memory-bus-driver.ts"

// Codecs

export type { ChainedRecord, Codec, CodecContext } from "./codecs/codec.ts"
export { jsonSerializer } from "./codecs/json-serializer.ts"
export type { Serializer } from "./codecs/serializer.ts"

// Context, ids and time

export { systemClock } from "./clock/system-clock.ts"
export { causedBy, causedByNothing, currentMetadata, withContext } from "./context/context.ts"
export { deriveId } from "./ids/derive-id.ts"
export { createUuidV7Generator } from "./ids/uuid-v7.ts"

// Ports

export type {
  Checkpoint,
  CheckpointStep,
  CheckpointStore,
  SlotRange,
} from "./ports/checkpoint-store.ts"
export type { Clock } from "./ports/clock.ts"
export type {
  DeadLetter,
  DeadLetterFailure,
  DeadLetterFilter,
  DeadLetterStore,
  NewDeadLetter,
  ParkedStream,
  StreamRef,
} from "./ports/dead-letter-store.ts"
export type {
  BusCapabilities,
  BusConsumer,
  BusDeadLetter,
  BusDeadLetters,
  BusHealth,
  BusStatus,
  ConsumerContext,
  ConsumerOptions,
  ConsumerStatus,
  DeadLettersOptions,
  EventBus,
  RetryOptions,
} from "./ports/event-bus.ts"
export type { IdGenerator } from "./ports/id-generator.ts"
export type { InboxStore } from "./ports/inbox-store.ts"
export type { Fence, Lease, LeaseGroup, LeaseStore } from "./ports/lease-store.ts"
export type { LogFields, Logger } from "./ports/logger.ts"
export type { Measurement, MeasurementName, Observer, Operation, OperationName } from "./ports/observer.ts"
export type { OutboxMessage, OutboxStore, StoredOutboxMessage } from "./ports/outbox-store.ts"
export type {
  NewReadModelRow,
  ReadModelCondition,
  ReadModelPage,
  ReadModelQuery,
  ReadModelRow,
  ReadModelStore,
} from "./ports/read-model-store.ts"
export type { Snapshot, SnapshotKey, SnapshotStore } from "./ports/snapshot-store.ts"
export type { StorePorts } from "./ports/store-ports.ts"
export type { WakeUps } from "./ports/wake-ups.ts"

// Delivering

export { backoffDelay } from "./bus/backoff.ts"
export { describeFailure, messageOf } from "./bus/describe-failure.ts"
export {
  type InboxConsumerOptions,
  type InboxContext,
  subscribeWithInbox,
} from "./bus/subscribe-with-inbox.ts"

// Errors

export {
  AnnalsError,
  type AnnalsErrorFields,
  type AnnalsErrorOptions,
  isAnnalsError,
} from "./errors/annals-error.ts"
export { type ErrorCode, errorCodes } from "./errors/error-codes.ts"
