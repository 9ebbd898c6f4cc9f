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
  // Spread, because Object.assign would take an own "__proto__" for the prototype.
  let merged = noMetadata
  for (const layer of layers) if (layer !== undefined) merged = { ...merged, ...copyMetadata(layer) }
  const { correlationId, causationId, ...fields } = merged
  return {
    correlationId:
      correlationId === undefined ? undefined : checkName(correlationId, "metadata.correlationId"),
    causationId: causationId === undefined ? undefined : checkName(causationId, "metadata.causationId"),
    metadata: Object.keys(fields).length === 0 ? noFields : JSON.stringify(fields),
  }
}

/** Joins stored metadata again. */
export function loadMetadata({ correlationId, causationId, metadata }: StoredMetadata): EventMetadata {
  if (correlationId === undefined && causationId === undefined && metadata === noFields) return noMetadata
  return {
    ...(correlationId !== undefined && { correlationId }),
    ...(causationId !== undefined && { causationId }),
    ...(metadata === noFields ? undefined : (JSON.parse(metadata) as EventMetadata)),
  }
}

function copyMetadata(metadata: EventMetadata): EventMetadata {
  const copy = copyJson(metadata, "metadata")
  if (typeof copy !== "object" || copy === null || Array.isArray(copy)) {
    throw new AnnalsError("INVALID_VALUE", "metadata must be an object", { path: "metadata" })
  }
  return copy as EventMetadata
}
