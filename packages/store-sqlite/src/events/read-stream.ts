import type { StreamKey, StreamPage, StreamRange } from "@annals/core"
import type { Connection } from "../connection.ts"
import type { Names } from "../names.ts"
import { findStream } from "../statements/append.ts"
import { readStreamBackward, readStreamForward } from "../statements/read.ts"
import { EventDecoder, type EventRow } from "./decode-event.ts"

export function readStream(
  connection: Connection,
  names: Names,
  stream: StreamKey,
  range: StreamRange,
): StreamPage {
  return connection.snapshot(() => {
    const [streamRef, version] = findStreamRow(connection, names, stream)
    if (streamRef === undefined) return { events: [], more: false }
    const sql = range.direction === "forward" ? readStreamForward : readStreamBackward
    const rows = connection.all<[...EventRow]>(sql, streamRef, range.from, range.limit)
    const decoder = new EventDecoder(names)
    const events = rows.map((row) => decoder.decode(row, stream))
    const last = events.at(-1)?.version
    if (last === undefined) return { events, more: false }
    return { events, more: range.direction === "forward" ? last < version : last > 1 }
  })
}

export function streamVersion(connection: Connection, names: Names, stream: StreamKey): number {
  return connection.snapshot(() => findStreamRow(connection, names, stream)[1])
}

function findStreamRow(
  connection: Connection,
  names: Names,
  { tenant, category, id }: StreamKey,
): [ref: number | undefined, version: number] {
  const tenantRef = names.findTenant(tenant)
  const categoryRef = tenantRef === undefined ? undefined : names.findCategory(tenantRef, category)
  if (categoryRef === undefined) return [undefined, 0]
  return connection.get<[number, number]>(findStream, categoryRef, id) ?? [undefined, 0]
}
