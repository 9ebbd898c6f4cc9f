import type { Payload } from "../events/payload.ts"
import type { StoredPayload } from "../store/stored-event.ts"

/** Turns event data into text or bytes and back, exactly. `jsonSerializer` is the default. */
export interface Serializer {
  serialize(data: Payload): StoredPayload
  /** Throws for an encoding that it doesn't know. */
  deserialize(payload: StoredPayload): Payload
}
