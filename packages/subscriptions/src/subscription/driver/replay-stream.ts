import {
  AnnalsError,
  type DeadLetter,
  describeFailure,
  type Fence,
  isAnnalsError,
  type RecordedEvent,
  type StorePorts,
} from "@annals/core"
import { deadLetterSource } from "../../dead-letters/dead-letter-source.ts"
import type { HandlerContext } from "../handling.ts"
import type { ReplayAction } from "../machine/machine-action.ts"
import type { MachineInput } from "../machine/machine-input.ts"
import { callHandlers } from "./call-handlers.ts"
import { asBookkeeping, Bookkeeping, CheckpointRefused, refusalOf } from "./move-checkpoint.ts"
import type { BatchTools } from "./run-batch.ts"

/** So many at a time: then the live events get their turn. */
const entriesAtATime = 100

interface Replay<Tx> extends BatchTools<Tx> {
  readonly fences: readonly Fence[]
}

/**
 * Handles a requeued stream's entries, in order, under the fences of their owner. Each leaves the dead letters in the transaction in which it is handled
 * (or right after it was, by a handler without one). Newer events of the stream are parked behind meanwhile, as nothing else is handled.
 */
export async function replayStream<Tx>(
  { stream, fences }: ReplayAction,
  batchTools: BatchTools<Tx>,
): Promise<MachineInput> {
  const tools = { ...batchTools, fences }
  const { store, definition } = tools.runtime
  const source = deadLetterSource(definition.name)
  try {
    const entries = await store.deadLetters.list({ source, stream, limit: entriesAtATime })
    for (const entry of entries) {
      if (tools.isInterrupted()) return { type: "replayed", stream, left: true }
      const failure = await replayEntry(entry, tools)
      if (failure === undefined) continue
      // Given up because of a stop: that says nothing about the event.
      if (tools.isInterrupted() && isAnnalsError(failure.error, "ABORTED")) {
        return { type: "replayed", stream, left: true }
      }
      await store.transaction((unitOfWork) => noteFailure(unitOfWork, entry, failure.error, tools))
      return { type: "replay-failed", stream }
    }
    return { type: "replayed", stream, left: entries.length === entriesAtATime }
  } catch (error) {
    const why = refusalOf(error)
    if (why !== undefined) return { type: "refused", why }
    return { type: "work-failed", error: error instanceof Bookkeeping ? error.cause : error }
  }
}

/** Returns why it failed again. Rejects with what isn't the event's fault. */
async function replayEntry<Tx>(
  entry: DeadLetter,
  tools: Replay<Tx>,
): Promise<{ readonly error: unknown } | undefined> {
  const { store, definition } = tools.runtime
  try {
    const event = await readEvent(entry, tools)
    if (!definition.handling.transactional) {
      if (event !== undefined) await handle(event, contextOf(tools), tools)
      await store.transaction((unitOfWork) => settle(unitOfWork, entry, tools))
    } else {
      await store.transaction(async (unitOfWork) => {
        if (event !== undefined) await handle(event, { ...contextOf(tools), unitOfWork }, tools)
        await settle(unitOfWork, entry, tools)
      })
    }
    return undefined
  } catch (error) {
    if (
      error instanceof CheckpointRefused ||
      error instanceof Bookkeeping ||
      definition.retry.isPassing(error)
    )
      throw error
    return { error }
  }
}

async function handle<Tx, Context extends HandlerContext>(
  event: RecordedEvent,
  context: Context,
  tools: Replay<Tx>,
): Promise<void> {
  // Whether to stop is asked between entries: one that was begun is handled, or it would leave the dead letters unhandled.
  const begun = { ...tools, isInterrupted: () => false }
  const result = await callHandlers(tools.runtime.definition, [event], context, begun)
  if (!result.ok) throw result.error
}

/** `undefined`: the definition's policy leaves it out. */
async function readEvent<Tx>(
  { position, eventId, stream }: DeadLetter,
  { runtime: { store, definition } }: Replay<Tx>,
): Promise<RecordedEvent | undefined> {
  const { events, unreadable } = definition
  const read = store.readAll({ after: position - 1, until: position, tenant: stream.tenant, limit: 1 })
  for await (const page of read.undecodedPages()) {
    if (page.events.length === 0) continue
    const [event] = await store.decode(page.events, { ...(events !== undefined && { events }), unreadable })
    return event
  }
  throw new AnnalsError("STORE_CORRUPT", `event ${eventId} is parked, but not in the log`, {
    eventId,
    position,
  })
}

async function settle<Tx>(
  unitOfWork: Pick<StorePorts, "leases" | "deadLetters">,
  { source, eventId }: DeadLetter,
  tools: Replay<Tx>,
): Promise<void> {
  await asOwner(unitOfWork, tools, () => unitOfWork.deadLetters.remove(source, [eventId]))
}

/** Not by whoever lost the stream meanwhile: its new owner is to replay it. */
async function noteFailure<Tx>(
  unitOfWork: Pick<StorePorts, "leases" | "deadLetters">,
  { source, eventId, failure }: DeadLetter,
  error: unknown,
  tools: Replay<Tx>,
): Promise<void> {
  const now = tools.runtime.store.clock.now()
  const described = describeFailure(error, (failure?.attempts ?? 0) + 1, now)
  await asOwner(unitOfWork, tools, () => unitOfWork.deadLetters.replayFailed(source, eventId, described))
}

async function asOwner<Tx>(
  { leases }: Pick<StorePorts, "leases">,
  { fences, runtime: { definition, instance, leaseTtlMs } }: Replay<Tx>,
  run: () => Promise<unknown>,
): Promise<void> {
  const isOwn = await asBookkeeping(async () => {
    if (!(await leases.holds(fences))) {
      await leases.heartbeat(definition.name, instance, leaseTtlMs) // as for a checkpoint
      if (!(await leases.holds(fences))) return false
    }
    await run()
    return true
  })
  if (!isOwn) throw new CheckpointRefused("fenced")
}

function contextOf<Tx>({ runtime, guard }: Replay<Tx>): HandlerContext {
  return {
    subscription: runtime.definition.name,
    attempt: 1,
    signal: guard.signal,
    replayed: true,
  }
}
