import type { Payload } from "../events/payload.ts"
import type { StoredPayload } from "../store/stored-event.ts"
import { parseJson } from "./parse-json.ts"
import type { Serializer } from "./serializer.ts"

/** JSON values as JSON text, raw bytes as they are. */
export const jsonSerializer: Serializer = {
  serialize: (data) =>
    data instanceof Uint8Array
      ? { encoding: "bytes", body: data }
      : { encoding: "json", body: JSON.stringify(data) },
  deserialize,
}

function deserialize({ encoding, body }: StoredPayload): Payload {
  if (encoding === "json") return parseJson(typeof body === "string" ? body : new TextDecoder().decode(body))
  if (encoding === "bytes" && typeof body !== "string") return body
  throw new Error(`no serializer or codec knows the encoding "${encoding}"`)
}
