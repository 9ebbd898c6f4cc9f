import { AnnalsError, type RecordedEvent } from "@annals/core"

type Key = (event: RecordedEvent) => string | readonly string[] | undefined

/** Which documents an event concerns, each once. */
export function createKeysOf(projection: string, key: Key | undefined) {
  if (key === undefined)
    return (event: RecordedEvent, ownTenant: string) => ownStream(projection, event, ownTenant)
  return (event: RecordedEvent): readonly string[] => {
    const keys = key(event)
    if (typeof keys === "string") return [keys]
    return keys === undefined ? [] : [...new Set(keys)]
  }
}

/** A handle that sees all tenants keeps its documents in one place: streams with the same id would become one document. */
function ownStream(
  projection: string,
  { tenant, stream }: RecordedEvent,
  ownTenant: string,
): readonly string[] {
  if (tenant === ownTenant) return [stream.id]
  const message = `projection "${projection}" would mix up the streams of several tenants: run it on store.forTenant(…), or give it a key`
  throw new AnnalsError("INVALID_OPTION", message, { path: "key" })
}
