import type { StoredEvent } from "@annals/core"
import type { Connection } from "../connection.ts"
import type { Names } from "../names.ts"
import { findEventsById } from "../statements/read.ts"
import { EventDecoder, type LogRow } from "./decode-event.ts"

export function findEvents(
  connection: Connection,
  names: Names,
  tenant: string,
  ids: readonly string[],
): readonly StoredEvent[] {
  return connection.snapshot(() => {
    const tenantRef = names.findTenant(tenant)
    if (tenantRef === undefined) return []
    const rows = connection.all<[...LogRow]>(findEventsById, tenantRef, JSON.stringify(ids))
    const decoder = new EventDecoder(names)
    return rows.map((row) => decoder.decodeLog(row))
  })
}
