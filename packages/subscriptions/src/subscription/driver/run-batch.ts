import { isAnnalsError, type RecordedEvent } from "@annals/core"
import type { HandlerContext, TransactionContext } from "../handling.ts"
import type { HandleAction } from "../machine/machine-action.ts"
import type { MachineInput } from "../machine/machine-input.ts"
import { type BatchResult, type CallTools, callHandlers } from "./call-handlers.ts"
import { Bookkeeping, type CheckpointRefused, moveCheckpoint, refusalOf } from "./move-checkpoint.ts"
import type { Runtime } from "./runtime.ts"

export interface BatchTools<Tx> extends CallTools {
  readonly runtime: Runtime<Tx>
}

/** Hands a batch to the handler, and says what came of it. Never rejects. */
export function runBatch<Tx>(action: HandleAction, tools: BatchTools<Tx>): Promise<MachineInput> {
  return tools.runtime.definition.handling.transactional
    ? runInTransaction(action, tools)
    : runOutside(action, tools)
}

async function runOutside<Tx>(action: HandleAction, tools: BatchTools<Tx>): Promise<MachineInput> {
  const context = contextOf(action, tools)
  const result = await callHandlers(tools.runtime.definition, action.events, context, tools)
  const done = { count: result.done, to: reached(action, result.done) }
  if (result.ok) return { type: "handled", ...done }
  return failed(action, result, result.done === 0 ? undefined : done, tools)
}

/** The handler's writes, what is parked on the way, and the checkpoint commit together. */
async function runInTransaction<Tx>(action: HandleAction, tools: BatchTools<Tx>): Promise<MachineInput> {
  const { store, definition } = tools.runtime
  try {
    return await store.transaction(async (unitOfWork): Promise<MachineInput> => {
      const context: TransactionContext<Tx> = { ...contextOf(action, tools), unitOfWork }
      const result = await callHandlers(definition, action.events, context, tools)
      if (!result.ok) throw new HandlerFailed(result)
      const to = reached(action, result.done)
      if (result.done > 0) await moveCheckpoint(unitOfWork, tools.runtime, action.commit, to)
      return { type: "handled", count: result.done, to }
    })
  } catch (error) {
    const input = inputOf(error, action, tools)
    return input.type === "handler-failed" && (await isFenced(action, tools)) ? fenced : input
  }
}

const fenced: MachineInput = { type: "refused", why: "fenced" }

/** What a handler without its lease met may be what its successor left, or a rebuild: that is no fault of the event. */
async function isFenced<Tx>({ commit }: HandleAction, { runtime }: BatchTools<Tx>): Promise<boolean> {
  try {
    return !(await runtime.store.leases.holds(commit.fences))
  } catch {
    return false
  }
}

function inputOf<Tx>(error: unknown, action: HandleAction, tools: BatchTools<Tx>): MachineInput {
  const refusal: CheckpointRefused["why"] | undefined = refusalOf(error)
  if (refusal !== undefined) return { type: "refused", why: refusal }
  if (error instanceof HandlerFailed) return failed(action, error.result, undefined, tools)
  if (error instanceof Bookkeeping) return { type: "work-failed", error: error.cause }
  if (isAnnalsError(error, "CLOSED")) return { type: "work-failed", error }
  // The commit failed: perhaps because of what the handler wrote.
  const culprit = action.events.length === 1 ? 0 : undefined
  return failed(action, { ok: false, done: 0, culprit, error }, undefined, tools)
}

class HandlerFailed extends Error {
  readonly result: Extract<BatchResult, { readonly ok: false }>
  constructor(result: Extract<BatchResult, { readonly ok: false }>) {
    super("the handler failed")
    this.result = result
  }
}

function failed<Tx>(
  { events }: HandleAction,
  { culprit, error }: Extract<BatchResult, { readonly ok: false }>,
  done: { readonly count: number; readonly to: number } | undefined,
  { runtime }: BatchTools<Tx>,
): MachineInput {
  return {
    type: "handler-failed",
    done,
    first: positionAt(events, 0),
    last: positionAt(events, events.length - 1),
    culprit: culprit === undefined ? undefined : positionAt(events, culprit),
    error,
    at: runtime.store.clock.now(),
  }
}

/** Where the checkpoint is after so many events of the batch. */
function reached({ events, to, commit }: HandleAction, done: number): number {
  if (done === events.length) return to
  return done === 0 ? commit.from : positionAt(events, done - 1)
}

function contextOf<Tx>({ attempt }: HandleAction, { runtime, guard }: BatchTools<Tx>): HandlerContext {
  return {
    subscription: runtime.definition.name,
    attempt,
    signal: guard.signal,
    replayed: false,
  }
}

function positionAt(events: readonly RecordedEvent[], index: number): number {
  return (events[index] as RecordedEvent).position
}
