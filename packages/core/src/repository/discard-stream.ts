import { isAnnalsError } from "../errors/annals-error.ts"
import { discarded } from "../events/built-in-events.ts"
import type { StreamId } from "../streams/stream.ts"
import { appendUntilKnown } from "./append-until-known.ts"
import { publishRecorded } from "./publish-recorded.ts"
import type { DiscardOptions, SaveResult } from "./repository.ts"
import { type RepositoryCore, streamOf } from "./repository-core.ts"
import { lastEvent } from "./stream-end.ts"
import { streamDiscarded, streamNotFound } from "./stream-errors.ts"

/** Appends the final event. */
export async function discardStream(
  core: RepositoryCore,
  id: string,
  options: DiscardOptions,
): Promise<SaveResult> {
  const stream: StreamId = streamOf(core, id)
  for (let attempt = 1; ; attempt++) {
    const last = await lastEvent(core.log, stream)
    if (last === undefined) throw streamNotFound(stream)
    if (last.type === discarded.type) throw streamDiscarded(stream)
    try {
      return await appendFinal(core, stream, last.version, options)
    } catch (error) {
      if (!isAnnalsError(error, "VERSION_CONFLICT") || attempt === core.settings.maxAttempts) throw error
    }
  }
}

async function appendFinal(
  core: RepositoryCore,
  stream: StreamId,
  expected: number,
  { reason, metadata, signal }: DiscardOptions,
): Promise<SaveResult> {
  const { before } = core.settings
  const event = discarded(reason === undefined ? {} : { reason }, { id: core.log.generateId() })
  const { result } = await appendUntilKnown(core.log, [{ stream, events: [event], expected }], {
    ...(metadata && { metadata }),
    ...(signal && { signal }),
    ...(before && { before }),
  })
  const { version, events, position } = result
  core.cache?.delete(stream.id)
  await publishRecorded(core, events)
  return { version, events, position }
}
