import type { ChainedRecord, Codec } from "../codecs/codec.ts"
import { matchesExpected } from "../streams/expected-version.ts"
import { encodePayload } from "./apply-codecs.ts"
import type { PreparedAppend, PreparedStream } from "./prepare-append.ts"
import type { AppendOutcome, StoreSession, StreamAppend } from "./store-driver.ts"
import type { NewStoredEvent } from "./stored-event.ts"

type Send = (streams: readonly StreamAppend[]) => Promise<AppendOutcome>

/** Encodes what was prepared and sends it; again, where a codec chains events and another writer was faster. */
export function encodeAndSend(
  session: StoreSession,
  codecs: readonly Codec[],
  prepared: PreparedAppend,
  send: Send,
): Promise<AppendOutcome> {
  return codecs.length === 0 ? send(prepared.streams) : encodeThenSend(session, codecs, prepared, send)
}

async function encodeThenSend(
  session: StoreSession,
  codecs: readonly Codec[],
  prepared: PreparedAppend,
  send: Send,
): Promise<AppendOutcome> {
  if (codecs.some((codec) => codec.chained)) return sendChained(session, codecs, prepared, send)
  return send(await Promise.all(prepared.streams.map((stream) => encodeStream(codecs, stream))))
}

async function encodeStream(codecs: readonly Codec[], append: PreparedStream): Promise<StreamAppend> {
  const events = await Promise.all(
    append.events.map(async (event) => ({
      ...event,
      payload: await encodePayload(codecs, event.payload, { stream: append.stream, event }),
    })),
  )
  return { ...append, events }
}

/**
 * A chained codec needs to know what its event follows, so the append goes to exactly the version that it was encoded for.
 * Where that isn't what the caller expects, it goes to no possible version: a repeat still finds its first result.
 */
async function sendChained(
  session: StoreSession,
  codecs: readonly Codec[],
  prepared: PreparedAppend,
  send: Send,
): Promise<AppendOutcome> {
  while (true) {
    const streams = await Promise.all(
      prepared.streams.map((stream) => encodeChainedStream(session, codecs, stream)),
    )
    const outcome = await send(streams)
    if (outcome.status !== "version-conflict") return outcome
    const wanted = prepared.streams.find(
      ({ stream }) => stream.category === outcome.stream.category && stream.id === outcome.stream.id,
    )
    const expected = wanted?.expected ?? outcome.expected
    if (!matchesExpected(expected, outcome.actual)) return { ...outcome, expected }
  }
}

const noVersion = -1

async function encodeChainedStream(
  session: StoreSession,
  codecs: readonly Codec[],
  append: PreparedStream,
): Promise<StreamAppend> {
  const last = await lastRecord(session, append)
  const version = last?.version ?? 0
  const events: NewStoredEvent[] = []
  let previous = last
  for (const event of append.events) {
    const next: number = (previous?.version ?? 0) + 1
    const context = { stream: append.stream, event, version: next, ...(previous && { previous }) }
    const payload = await encodePayload(codecs, event.payload, context)
    events.push({ ...event, payload })
    previous = { version: next, payload }
  }
  return { ...append, events, expected: matchesExpected(append.expected, version) ? version : noVersion }
}

async function lastRecord(
  session: StoreSession,
  { stream }: PreparedStream,
): Promise<ChainedRecord | undefined> {
  const range = { direction: "backward", from: Number.MAX_SAFE_INTEGER, limit: 1 } as const
  const { events } = await session.readStream(stream, range)
  return events[0]
}
