import type { StreamKey, StreamPage, StreamRange } from "@annals/core"
import type { SqlValue } from "../sql/sql-runner.ts"
import {
  readStreamBackward,
  readStreamForward,
  streamVersion as streamVersionSql,
} from "../statements/read.ts"
import { EventDecoder } from "./decode-event.ts"
import type { EventKeys } from "./event-keys.ts"
import type { LogAccess } from "./read-log.ts"

/** A page of a stream, which no gap and nothing in flight can come into: its versions are drawn behind its lock. */
export async function readStream(
  { runner, keys }: LogAccess,
  stream: StreamKey,
  { direction, from, limit }: StreamRange,
): Promise<StreamPage> {
  const statement = direction === "forward" ? readStreamForward : readStreamBackward
  // One more than asked for tells whether there are more.
  const rows = await runner.run(statement, [...streamValues(keys, stream), from, limit + 1])
  const decoder = new EventDecoder()
  const events = rows.slice(0, limit).map((row) => decoder.decode(row, stream))
  return { events, more: rows.length > limit }
}

export async function streamVersion({ runner, keys }: LogAccess, stream: StreamKey): Promise<number> {
  const [row] = await runner.run(streamVersionSql, streamValues(keys, stream))
  return Number(row?.[0] ?? 0)
}

function streamValues(keys: EventKeys, { tenant, category, id }: StreamKey): SqlValue[] {
  return [keys.category(tenant, category).bytes, tenant, category, id]
}
