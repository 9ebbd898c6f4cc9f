import type { Codec, CodecContext } from "../codecs/codec.ts"
import type { StoredEvent, StoredPayload } from "./stored-event.ts"

/** Runs the codecs over a payload on its way into the store. */
export async function encodePayload(
  codecs: readonly Codec[],
  payload: StoredPayload,
  context: CodecContext,
): Promise<StoredPayload> {
  let encoded = payload
  for (const codec of codecs) encoded = await codec.encode(encoded, context)
  return encoded
}

/** Runs the codecs over a payload on its way out, in the opposite order. */
export async function decodePayload(codecs: readonly Codec[], event: StoredEvent): Promise<StoredPayload> {
  let decoded = event.payload
  for (const codec of codecs.toReversed())
    decoded = await codec.decode(decoded, { ...event, payload: decoded })
  return decoded
}
