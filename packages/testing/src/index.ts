// biome-ignore-all assist/source/organizeImports: grouped by what users look for

// Conformance of a store
export type {
  CallersTransaction,
  ConformanceSubject,
  CreateSubject,
} from "./conformance/conformance-subject.ts"
export { eventStoreConformance } from "./conformance/event-store/event-store-conformance.ts"
export type { Runner, TestContext } from "./conformance/runner.ts"
export { storeConformance } from "./conformance/store-conformance.ts"
export { storePortsConformance } from "./conformance/store-ports/store-ports-conformance.ts"
export { transactionalStoreConformance } from "./conformance/transactional-store/transactional-store-conformance.ts"
export { type StoreModelOptions, storeModelConformance } from "./model/store-model-conformance.ts"

// Conformance of the smaller ports
export { type ClockSubject, clockConformance } from "./conformance/ports/clock-conformance.ts"
export { idGeneratorConformance } from "./conformance/ports/id-generator-conformance.ts"
export { loggerConformance } from "./conformance/ports/logger-conformance.ts"
export { observerConformance } from "./conformance/ports/observer-conformance.ts"
export { checkpointStoreConformance } from "./conformance/store-ports/checkpoint-store-conformance.ts"
export { deadLetterStoreConformance } from "./conformance/store-ports/dead-letter-store-conformance.ts"
export { inboxStoreConformance } from "./conformance/store-ports/inbox-store-conformance.ts"
export { leaseStoreConformance } from "./conformance/store-ports/lease-store-conformance.ts"
export { outboxStoreConformance } from "./conformance/store-ports/outbox-store-conformance.ts"
export type { CreatePorts, PortsSubject } from "./conformance/store-ports/port-subject.ts"
export { readModelStoreConformance } from "./conformance/store-ports/read-model-store-conformance.ts"
export { snapshotStoreConformance } from "./conformance/store-ports/snapshot-store-conformance.ts"
export type {
  CreateSnapshotStoreSubject,
  SnapshotStoreSubject,
} from "./conformance/store-ports/snapshot-store-subject.ts"

// Conformance of a bus
export { eventBusConformance } from "./conformance/event-bus/event-bus-conformance.ts"
export type { CreateBusSubject, EventBusSubject } from "./conformance/event-bus/event-bus-subject.ts"
export type { ScheduleOptions } from "./conformance/event-bus/schedules.ts"

// Given, when, then
export { given } from "./scenario/given.ts"
export type { AfterCommand, GivenAggregate } from "./scenario/given-aggregate.ts"
export type { GivenProjection } from "./scenario/given-projection.ts"

// Faults
export {
  createFaultyDriver,
  type FaultMoment,
  type FaultOptions,
  type FaultyDriver,
  type FaultyOperation,
} from "./faults/faulty-driver.ts"
export { createTcpProxy, type TcpAddress, type TcpProxy, type TcpProxyOptions } from "./faults/tcp-proxy.ts"

// Fixtures, ids and time
export { type EventFixture, eventFixture } from "./fixtures/event-fixture.ts"
export {
  createHistory,
  type History,
  type HistoryOptions,
  type RecordedFields,
  recorded,
} from "./fixtures/history.ts"
export { createSequentialIds, sequentialId } from "./fixtures/sequential-ids.ts"
export { createFakeClock, type FakeClock, type FakeClockOptions } from "./time/fake-clock.ts"
