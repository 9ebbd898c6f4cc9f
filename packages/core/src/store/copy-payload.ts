import type { StoredPayload } from "../store/stored-event.ts"

/** Text can't change; bytes can, so a store keeps and hands out copies of its own. */
export function copyPayload(payload: StoredPayload): StoredPayload {
  return typeof payload.body === "string" ? payload : { ...payload, body: new Uint8Array(payload.body) }
}
