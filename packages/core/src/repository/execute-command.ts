import { type Tracked, trackingOf } from "../aggregates/tracking.ts"
import { currentMetadata } from "../context/context.ts"
import type { CommandContext } from "../deciders/command.ts"
import { commandRefused } from "../deciders/command-refused.ts"
import { isAnnalsError } from "../errors/annals-error.ts"
import type { EventMetadata } from "../events/event.ts"
import { withId } from "../events/made-event.ts"
import type { TypedStream } from "../streams/stream.ts"
import { checkName } from "../streams/validate-name.ts"
import { commandEventId, findEarlierResult } from "./find-earlier-result.ts"
import { loadNewest, track } from "./load-aggregate.ts"
import type { ExecuteOptions, ExecuteResult } from "./repository.ts"
import { observe, type RepositoryCore, streamOf } from "./repository-core.ts"
import { saveAggregates } from "./save-aggregates.ts"
import { streamDiscarded } from "./stream-errors.ts"

/** A command on its way. */
interface Request {
  readonly stream: TypedStream
  readonly command: string
  readonly payload: unknown
  readonly commandId: string | undefined
  readonly metadata: EventMetadata
  readonly signal: AbortSignal | undefined
}

export async function executeCommand(
  core: RepositoryCore,
  id: string,
  command: string,
  payload: unknown,
  options: ExecuteOptions,
): Promise<ExecuteResult<unknown>> {
  const stream = streamOf(core, id)
  const { signal } = options
  // Before anything else: an empty or missing one, taken for a name, would make all such requests one.
  const commandId = options.commandId === undefined ? undefined : checkName(options.commandId, "commandId")
  return observe(core, id, { name: "execute", command }, (observed) => {
    const metadata = commandMetadata(core, commandId, { ...options.metadata, ...observed })
    return decideUntilSettled(core, { stream, command, payload, commandId, metadata, signal })
  })
}

/**
 * After a conflict it decides again, in its turn: of many commands for one aggregate that all tried again at the same time, all but one
 * would conflict again.
 */
async function decideUntilSettled(core: RepositoryCore, request: Request): Promise<ExecuteResult<unknown>> {
  const settled = await decideOnce(core, request, 1)
  return settled ?? core.turns.take(request.stream.id, () => decideAgain(core, request))
}

async function decideAgain(core: RepositoryCore, request: Request): Promise<ExecuteResult<unknown>> {
  for (let attempt = 2; ; attempt++) {
    const settled = await decideOnce(core, request, attempt)
    if (settled !== undefined) return settled
  }
}

/** Load, decide, append. `undefined`: somebody was faster. */
async function decideOnce(
  core: RepositoryCore,
  request: Request,
  attempt: number,
): Promise<ExecuteResult<unknown> | undefined> {
  request.signal?.throwIfAborted()
  const loaded = await loadNewest(core, request.stream, request.signal)
  // After loading: what an earlier call did since then would be a conflict, and is found at the next attempt.
  const earlier = await findEarlierResult(core, request.stream, request.commandId)
  if (earlier !== undefined) return earlier
  if (loaded.discarded) throw streamDiscarded(request.stream)
  const root = track(core, request.stream, loaded)
  await decide(core, root, request)
  try {
    const { results, repeated } = await saveAggregates([root], request)
    if (repeated && request.commandId !== undefined) return undefined
    return { state: core.behaviour.stateOf(root), ...onlyResult(results), repeated }
  } catch (error) {
    if (!isConflict(error) || attempt >= core.settings.maxAttempts) throw error
    return undefined
  }
}

/** Part of the ids being recorded already means that the same request, decided on another state, was faster. */
function isConflict(error: unknown): boolean {
  return isAnnalsError(error, "VERSION_CONFLICT") || isAnnalsError(error, "EVENT_ID_REUSED")
}

async function decide(core: RepositoryCore, root: Tracked, request: Request): Promise<void> {
  const { stream, command, payload, commandId, metadata } = request
  const tracking = trackingOf(root)
  const now = core.log.clock.now()
  const context: CommandContext = { id: stream.id, version: tracking.version, now, commandId, metadata }
  const decided = core.behaviour.run(root, command, payload, context)
  const refusal = decided instanceof Promise ? await decided : decided
  if (refusal !== undefined) throw commandRefused(refusal, command, stream)
  if (commandId === undefined) return
  tracking.events = tracking.events.map((event, index) =>
    withId(event, commandEventId(core, stream, commandId, index)),
  )
}

/** What a command's events carry, so that they can be found by it and traced back to it. */
function commandMetadata(
  core: RepositoryCore,
  commandId: string | undefined,
  given: EventMetadata,
): EventMetadata {
  const context = currentMetadata()
  const correlation = given.correlationId ?? context.correlationId
  const cause = given.causationId ?? context.causationId
  if (correlation !== undefined && cause !== undefined) return given
  const ownId = commandId ?? core.log.generateId()
  return { ...given, correlationId: correlation ?? ownId, causationId: cause ?? ownId }
}

function onlyResult<Result>(results: readonly Result[]): Result {
  return results[0] as Result
}
