import { AnnalsError } from "../errors/annals-error.ts"
import { describeStream, type StreamId } from "../streams/stream.ts"

export function streamNotFound(of: StreamId, expected?: number, actual?: number): AnnalsError {
  const stream = describeStream(of)
  if (expected === undefined || actual === undefined) {
    return new AnnalsError("STREAM_NOT_FOUND", `${stream} has no events that could be loaded`, { stream })
  }
  const message = `${stream} has no version ${expected}: it is at version ${actual}`
  return new AnnalsError("STREAM_NOT_FOUND", message, { stream, expected, actual })
}

export function streamDiscarded(of: StreamId): AnnalsError {
  const stream = describeStream(of)
  return new AnnalsError(
    "STREAM_DISCARDED",
    `${stream} was discarded: only its earlier versions can be loaded`,
    { stream },
  )
}

export function streamAlreadyExists(
  of: StreamId,
  actual: string | number | undefined,
  cause: unknown,
): AnnalsError {
  const stream = describeStream(of)
  const message = `${stream} exists already: load it, or choose another id`
  return new AnnalsError("STREAM_ALREADY_EXISTS", message, {
    stream,
    expected: 0,
    ...(actual !== undefined && { actual }),
    cause,
  })
}
