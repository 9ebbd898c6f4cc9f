import type { StoredEvent } from "@annals/core"
import type { Connection } from "../connection.ts"
import type { Names } from "../names.ts"
import { findEventsById } from "../statements/read.ts"
import { decodeLogRows, type LogRow } from "./decode-event.ts"

export function findEvents(
  connection: Connection,
  names: Names,
  tenant: string,
  ids: readonly string[],
): readonly StoredEvent[] {
  return connection.snapshot(() => {
    const tenantRef = names.findTenant(tenant)
    if (tenantRef === undefined) return []
    return decodeLogRows(connection.all<[...LogRow]>(findEventsById, tenantRef, JSON.stringify(ids)), names)
  })
}
