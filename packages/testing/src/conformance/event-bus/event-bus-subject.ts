import type { BusOptions, EventBus } from "@annals/core"

/**
 * A fresh bus for one test, shared with no other test, and what the test may do around it. Of a bus that declares `capabilities.multiProcess` all of it
 * must be there.
 */
export interface EventBusSubject extends AsyncDisposable {
  readonly bus: EventBus
  /** The topic that the bus was made with: observers must be told the same. Left out: any will do. */
  readonly topic?: string
  /** Another bus on the same topic, as another process would open it, with these options. Closed by the subject's disposal at the latest. */
  secondHandle?(options?: BusOptions): Promise<EventBus>
  /** Cuts all connections of `bus` at once, as a network would; the broker goes on, and can be reached again. See `createTcpProxy`. */
  cutConnections?(): Promise<void>
  /** Puts a message into the topic that no bus made. */
  publishForeign?(): Promise<void>
}

/**
 * Makes a fresh, isolated bus. The options must reach the bus's factory as they are: suites set clock, randomness, codecs, the largest size, logger and
 * observer through them. Disposing of the subject closes everything and removes its data.
 */
export type CreateBusSubject = (options?: BusOptions) => Promise<EventBusSubject>
