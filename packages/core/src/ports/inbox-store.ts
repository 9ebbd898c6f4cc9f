import type { StreamKey } from "../streams/stream.ts"

/** What a consumer has already taken from a bus, so that a second delivery has no second effect. Used inside the consumer's unit of work. */
export interface InboxStore {
  /** For ordered consumers. Notes that the consumer takes this version of the source stream; `false`: it isn't newer than the last one taken. */
  takeVersion(consumer: string, source: string, stream: StreamKey, version: number): Promise<boolean>
  /** The last version taken; 0 = none. */
  lastVersion(consumer: string, source: string, stream: StreamKey): Promise<number>
  /** For unordered consumers. Notes that the consumer takes this event; `false`: it did already. Remembered until `expiresAt` (epoch milliseconds). */
  takeEvent(consumer: string, eventId: string, expiresAt: number): Promise<boolean>
  /** Forgets ids that expired at or before `now`. Returns how many. */
  purge(now: number): Promise<number>
}
