// Conformance of stores and buses
export type {
  CallersTransaction,
  ConformanceSubject,
  CreateSubject,
} from "./conformance/conformance-subject.ts"
export { eventBusConformance } from "./conformance/event-bus/event-bus-conformance.ts"
export type { CreateBusSubject, EventBusSubject } from "./conformance/event-bus/event-bus-subject.ts"
export { eventStoreConformance } from "./conformance/event-store/event-store-conformance.ts"
export type { Runner, TestContext } from "./conformance/runner.ts"
export { storeConformance } from "./conformance/store-conformance.ts"
export type { CreatePort, PortSubject } from "./conformance/store-ports/port-subject.ts"
export { storePortsConformance } from "./conformance/store-ports/store-ports-conformance.ts"
export { transactionalStoreConformance } from "./conformance/transactional-store/transactional-store-conformance.ts"
