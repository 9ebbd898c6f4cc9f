import type { PlainRecorded } from "./plain-event.ts"

/** Takes an event, at one of the consumers. Who returns a promise holds back what comes after it. */
export type HandlePlain = (event: PlainRecorded, consumer: number) => void | Promise<void>

/** A bus as the hand-written code is one: it carries recorded events, in the order of their streams, at least once to the group. */
export interface PlainBus extends AsyncDisposable {
  /** Resolves when the broker has all of them, as safely as it keeps things. */
  publish(events: readonly PlainRecorded[]): Promise<void>
  /** Lets so many consumers of the one group share its events, each with a connection of its own. Resolves when all are ready. */
  consume(consumers: number, handle: HandlePlain): Promise<PlainConsumers>
}

/** Consumers at work. Disposing ends them; their group stays. */
export interface PlainConsumers extends AsyncDisposable {
  /** How many events of the group aren't acknowledged yet. */
  lag(): Promise<number>
}
