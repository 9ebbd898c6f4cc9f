import { parseJson } from "../codecs/parse-json.ts"
import { AnnalsError } from "../errors/annals-error.ts"
import { copyJson } from "../events/copy-json.ts"
import type { EventMetadata } from "../events/event.ts"
import { checkName } from "../streams/validate-name.ts"
import type { StoredEventHead } from "./stored-event.ts"

/** Metadata as it is stored: the two ids that are looked for, and the rest as text. */
export type StoredMetadata = Pick<StoredEventHead, "correlationId" | "causationId" | "metadata">

const noFields = ""
const noMetadata: EventMetadata = Object.freeze({})

/** Validates metadata and splits it for storing. Later layers win. Throws `INVALID_VALUE`, `INVALID_NAME` with the path. */
export function storeMetadata(...layers: readonly (EventMetadata | undefined)[]): StoredMetadata {
  return split(merge(layers))
}

/** What the metadata of an append's events have in common, validated and split once for all of them. */
export interface BaseMetadata {
  readonly merged: EventMetadata
  readonly stored: StoredMetadata
}

/** Later layers win. Throws `INVALID_VALUE`, `INVALID_NAME` with the path. */
export function baseMetadata(layers: readonly (EventMetadata | undefined)[]): BaseMetadata {
  const merged = merge(layers)
  return { merged, stored: split(merged) }
}

/** Lays an event's own metadata, copied, over the base. Throws `INVALID_VALUE`, `INVALID_NAME` with the path. */
export function storeOver({ merged, stored }: BaseMetadata, fields: EventMetadata): StoredMetadata {
  const { correlationId, causationId, metadata } = stored
  for (const field in fields) {
    if (field === "correlationId" || field === "causationId" || (metadata !== noFields && field in merged))
      return split({ ...merged, ...fields })
  }
  // Usually the context gives the ids, an observer where it is traced, and the event the rest: faster than taking all apart again.
  return { correlationId, causationId, metadata: joinTexts(metadata, textOf(fields)) }
}

/** Of two objects that have no key in common. */
function joinTexts(first: string, second: string): string {
  if (first === noFields) return second
  return second === noFields ? first : `${first.slice(0, -1)},${second.slice(1)}`
}

function merge(layers: readonly (EventMetadata | undefined)[]): EventMetadata {
  // Spread, because Object.assign would take an own "__proto__" for the prototype.
  let merged = noMetadata
  for (const layer of layers) {
    if (layer === undefined) continue
    const copy = copyMetadata(layer)
    merged = merged === noMetadata ? copy : { ...merged, ...copy }
  }
  return merged
}

function split({ correlationId, causationId, ...fields }: EventMetadata): StoredMetadata {
  return {
    correlationId:
      correlationId === undefined ? undefined : checkName(correlationId, "metadata.correlationId"),
    causationId: causationId === undefined ? undefined : checkName(causationId, "metadata.causationId"),
    metadata: textOf(fields),
  }
}

function textOf(fields: EventMetadata): string {
  return Object.keys(fields).length === 0 ? noFields : JSON.stringify(fields)
}

/** Joins stored metadata again. */
export function loadMetadata({ correlationId, causationId, metadata }: StoredMetadata): EventMetadata {
  if (correlationId === undefined && causationId === undefined && metadata === noFields) return noMetadata
  return joinMetadata(metadata === noFields ? undefined : parseJson(metadata), correlationId, causationId)
}

/** Puts the two ids to the other fields, which must be the caller's own. */
export function joinMetadata(
  fields: Writable<EventMetadata> = {},
  correlationId: string | undefined,
  causationId: string | undefined,
): EventMetadata {
  if (correlationId !== undefined) fields.correlationId = correlationId
  if (causationId !== undefined) fields.causationId = causationId
  return fields
}

type Writable<Fields> = { -readonly [Key in keyof Fields]: Fields[Key] }

/** Validates metadata, copies and freezes them. Throws `INVALID_VALUE` with the path. */
export function copyMetadata(metadata: EventMetadata): EventMetadata {
  return checkObject(copyJson(metadata, "metadata") as EventMetadata)
}

/** For metadata that are copied already. Throws `INVALID_VALUE`. */
export function checkObject(metadata: EventMetadata): EventMetadata {
  if (typeof metadata === "object" && metadata !== null && !Array.isArray(metadata)) return metadata
  throw new AnnalsError("INVALID_VALUE", "metadata must be an object", { path: "metadata" })
}
