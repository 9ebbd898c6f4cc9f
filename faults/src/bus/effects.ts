import type { DatabaseSync } from "node:sqlite"
import { describeStream, type RecordedEvent } from "@annals/core"
import type { GroupName } from "./groups.ts"
import type { Poison } from "./round-plan.ts"

/** What handling an event has left behind. */
export interface Effect {
  readonly sequence: number
  readonly group: GroupName
  readonly eventId: string
  readonly stream: string
  readonly version: number
  /** Who wrote it, for people. */
  readonly consumer: string
}

/** Nothing in the table keeps an event from being there twice, so that what a bus does wrong shows. */
export function createTables(tx: DatabaseSync): void {
  tx.exec(`
    CREATE TABLE effects (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      consumer_group TEXT NOT NULL,
      event_id TEXT NOT NULL,
      stream TEXT NOT NULL,
      version INTEGER NOT NULL,
      consumer TEXT NOT NULL
    );
    CREATE TABLE poison (consumer_group TEXT NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY (consumer_group, event_id));
  `)
}

export function writeEffect(
  tx: DatabaseSync,
  group: GroupName,
  { id, stream, version }: RecordedEvent,
  consumer: string,
): void {
  tx.prepare(
    "INSERT INTO effects (consumer_group, event_id, stream, version, consumer) VALUES (?, ?, ?, ?, ?)",
  ).run(group, id, describeStream(stream), version, consumer)
}

/** In the order in which they were committed: one transaction writes at a time. */
export function readEffects(database: DatabaseSync, after = 0): Effect[] {
  return database
    .prepare(
      `SELECT sequence, consumer_group AS "group", event_id AS eventId, stream, version, consumer
        FROM effects WHERE sequence > ? ORDER BY sequence`,
    )
    .all(after) as unknown as Effect[]
}

/** From now on these groups can't take these events. */
export function addPoison(tx: DatabaseSync, poison: readonly Poison[]): void {
  const insert = tx.prepare("INSERT INTO poison VALUES (?, ?)")
  for (const { group, eventId } of poison) insert.run(group, eventId)
}

export function isPoison(tx: DatabaseSync, group: GroupName, eventId: string): boolean {
  const query = "SELECT 1 FROM poison WHERE consumer_group = ? AND event_id = ?"
  return tx.prepare(query).get(group, eventId) !== undefined
}

/** From now on everything can be taken. */
export function repair(tx: DatabaseSync): void {
  tx.exec("DELETE FROM poison")
}
