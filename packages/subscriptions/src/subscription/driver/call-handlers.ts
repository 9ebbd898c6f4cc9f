import {
  causedBy,
  type EventStore,
  type Operation,
  type OperationName,
  type RecordedEvent,
  withContext,
} from "@annals/core"
import type { HandlerContext, Handling, RunHandler } from "../handling.ts"
import type { SubscriptionDefinition, SubscriptionKind } from "../subscription-definition.ts"
import type { HandlerGuard } from "./handler-guard.ts"

/** How far a batch got. */
export type BatchResult =
  | { readonly ok: true; readonly done: number }
  /** `culprit`: its index; `undefined`: any of them. */
  | {
      readonly ok: false
      readonly done: number
      readonly culprit: number | undefined
      readonly error: unknown
    }

export interface CallTools {
  readonly runtime: {
    readonly store: Pick<EventStore, "name" | "clock" | "observer">
    readonly definition: Pick<SubscriptionDefinition, "name" | "kind" | "checkpointEvery">
  }
  readonly guard: HandlerGuard
  /** Whether the handler that runs should be the last one. */
  readonly isInterrupted: () => boolean
}

/**
 * Hands events to the handler, in order, until one fails, somebody interrupts, or the time after which a checkpoint should be saved is over.
 * An event is begun only if the one before it was handled.
 */
export async function callHandlers<Tx, Context extends HandlerContext>(
  { handling }: { readonly handling: Handling<Tx> },
  events: readonly RecordedEvent[],
  context: Context,
  tools: CallTools,
): Promise<BatchResult> {
  const run = handling.run as RunHandler<Context>
  const call = (some: readonly RecordedEvent[]) => observed(tools, some, () => run(some, context))
  try {
    return handling.unit === "batch"
      ? await callOnce(events, call, tools)
      : await callEach(events, call, tools)
  } finally {
    tools.guard.rest()
  }
}

type Call = (events: readonly RecordedEvent[]) => void | PromiseLike<void>

async function callOnce(
  events: readonly RecordedEvent[],
  call: Call,
  { isInterrupted }: CallTools,
): Promise<BatchResult> {
  if (isInterrupted()) return { ok: true, done: 0 }
  try {
    await call(events)
    return { ok: true, done: events.length }
  } catch (error) {
    return { ok: false, done: 0, culprit: events.length === 1 ? 0 : undefined, error }
  }
}

async function callEach(
  events: readonly RecordedEvent[],
  call: Call,
  { isInterrupted, runtime }: CallTools,
): Promise<BatchResult> {
  const { clock } = runtime.store
  const endsAt = clock.now() + runtime.definition.checkpointEvery.ms
  let done = 0
  try {
    for (const event of events) {
      if (isInterrupted()) break
      const running = call([event])
      const isWaiting = isPromise(running)
      // Not awaited where there is nothing to wait for, and the clock looked at now and then: with an empty handler both would cost more than it.
      if (isWaiting) await running
      done++
      if ((isWaiting || done % eventsPerLook === 0) && clock.now() >= endsAt) break
    }
    return { ok: true, done }
  } catch (error) {
    return { ok: false, done, culprit: done, error }
  }
}

/** So many handlers without a promise are run between two looks at the clock. */
const eventsPerLook = 16

const operations: Readonly<Record<SubscriptionKind, OperationName>> = {
  subscription: "handle",
  reactor: "handle",
  "process-manager": "handle",
  projection: "project",
  relay: "relay",
  forwarder: "relay",
}

/** The one place where the observer learns of a handler; what the handler appends carries the event as its cause. */
function observed(
  { runtime, guard }: CallTools,
  events: readonly RecordedEvent[],
  run: () => void | PromiseLike<void>,
): void | PromiseLike<void> {
  const [event] = events
  const caused = events.length === 1 && event !== undefined ? () => causedBy(event, run) : run
  const { observer } = runtime.store
  if (observer === undefined) return guarded(caused(), guard)
  const operation = describe(runtime.store.name, runtime.definition, events)
  // Inside: the observer is to see that a handler was given up, which may never end.
  return observer.around(operation, async () => guarded(withContext(operation.metadata, caused), guard))
}

function guarded(running: void | PromiseLike<void>, guard: HandlerGuard): void | PromiseLike<void> {
  return isPromise(running) ? guard.within(running) : running
}

function describe(
  system: string,
  { name, kind }: Pick<SubscriptionDefinition, "name" | "kind">,
  events: readonly RecordedEvent[],
): Operation {
  const [first] = events
  const one = events.length === 1 && first !== undefined ? first : undefined
  return {
    name: operations[kind],
    system,
    subject: name,
    ...(one !== undefined && {
      tenant: one.tenant,
      category: one.stream.category,
      streamId: one.stream.id,
    }),
    eventTypes: [...new Set(events.map(({ type }) => type))],
    eventCount: events.length,
    causes: events.map(({ metadata }) => metadata),
    metadata: {},
  }
}

function isPromise(value: void | PromiseLike<void>): value is PromiseLike<void> {
  return (typeof value === "object" || typeof value === "function") && value !== null && "then" in value
}
