import type { AnnalsError } from "../errors/annals-error.ts"
import type { StoredEvent } from "../store/stored-event.ts"

/**
 * What a reader does with an event whose type is unknown, or whose data can't be decoded, upcast or validated:
 * - `"fail"`: the read rejects with `UNKNOWN_EVENT_TYPE`, `UNREADABLE_EVENT` or `UPCAST_FAILED`; other readers go on;
 * - `"raw"`: it is handed over as it is stored: its stored type and schema version, data not upcast (`undefined` if undecodable);
 * - a function: it is left out, and reported to that function.
 */
export type ReadPolicy = "fail" | "raw" | SkipWithReport

/** Told of each event that is left out, as it is stored, with the reason. */
export type SkipWithReport = (event: StoredEvent, error: AnnalsError) => void
