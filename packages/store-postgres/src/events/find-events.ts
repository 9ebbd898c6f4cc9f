import type { StoredEvent } from "@annals/core"
import { uuidArray } from "../sql/binary-array.ts"
import { findEvents as findEventsSql } from "../statements/read.ts"
import { EventDecoder } from "./decode-event.ts"
import type { LogAccess } from "./read-log.ts"

export async function findEvents(
  { runner, keys }: LogAccess,
  tenant: string,
  ids: readonly string[],
): Promise<StoredEvent[]> {
  const rows = await runner.run(findEventsSql, [keys.tenant(tenant).bytes, uuidArray([...new Set(ids)])])
  const decoder = new EventDecoder()
  return rows.map((row) => decoder.decodeLog(row))
}
