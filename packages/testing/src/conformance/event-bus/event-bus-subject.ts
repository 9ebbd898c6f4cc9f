import type { BusOptions, EventBus } from "@annals/core"

/** A fresh bus for one test, shared with no other test. */
export interface EventBusSubject extends AsyncDisposable {
  readonly bus: EventBus
  /** Another bus on the same topic, as another process would open it. Closed by the subject's disposal at the latest. */
  secondHandle?(options?: BusOptions): Promise<EventBus>
  /** Cuts all connections of `bus` at once, as a network would; the broker goes on, and can be reached again. */
  cutConnections?(): Promise<void>
  /** Puts a message into the topic that no bus made. */
  publishForeign?(): Promise<void>
}

/** Makes a fresh, isolated bus with these options. Disposing of the subject closes everything. */
export type CreateBusSubject = (options?: BusOptions) => Promise<EventBusSubject>
