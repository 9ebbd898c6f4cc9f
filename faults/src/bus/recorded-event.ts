import { type Position, type RecordedEvent, streamId } from "@annals/core"
import type { PlannedEvent } from "./round-plan.ts"

const category = "faults"

/** When all of it happened: nothing depends on it. */
const time = Date.UTC(2026, 0, 1)

/** A planned event, as a store would have recorded it. */
export function recordedEvent({ id, stream, version, failures }: PlannedEvent): RecordedEvent {
  return {
    id,
    type: version % 2 === 0 ? "counted" : "noted",
    schemaVersion: 1,
    data: { failures },
    metadata: { correlationId: stream },
    tags: [],
    occurredAt: time,
    recordedAt: time,
    tenant: "",
    stream: streamId(category, stream),
    version,
    position: version as Position,
  }
}
