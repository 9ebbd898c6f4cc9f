import type { EventBus } from "@annals/core"

/** A fresh bus for one test, shared with no other test. */
export interface EventBusSubject extends AsyncDisposable {
  readonly bus: EventBus
  /** Another bus on the same topics, as another process would open it. Closed by the subject's disposal at the latest. */
  secondHandle?(): Promise<EventBus>
}

/** Makes a fresh, isolated bus. Disposing of the subject closes everything. */
export type CreateBusSubject = () => Promise<EventBusSubject>
