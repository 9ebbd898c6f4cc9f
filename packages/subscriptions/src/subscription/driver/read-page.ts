import type { AnnalsError, RecordedEvent, SlotRange, StoredEvent } from "@annals/core"
import type { ReadAction } from "../machine/machine-action.ts"
import type { MachineInput } from "../machine/machine-input.ts"
import type { PageEvent, UnreadableEvent } from "../machine/machine-state.ts"
import { observed } from "./observed.ts"
import type { Runtime } from "./runtime.ts"

/** Reads the page that an action asks for. Never rejects. */
export async function readPage<Tx>(
  action: ReadAction,
  runtime: Runtime<Tx>,
  signal: AbortSignal,
): Promise<MachineInput> {
  const { epoch } = action
  try {
    return await observed(runtime, "page", {}, async (operation) => {
      const page = await runtime.reader.read(requestOf(action, runtime, signal))
      if (!page.more) runtime.tail.noteHead(page.scannedTo)
      operation.eventCount = page.events.length
      const events = await decode(runtime, page.events)
      return { type: "page", epoch, events, scannedTo: page.scannedTo, more: page.more }
    })
  } catch (error) {
    return { type: "read-failed", epoch, error }
  }
}

function requestOf<Tx>(
  { slots, after, until }: ReadAction,
  { definition: { filter, pageSize } }: Runtime<Tx>,
  signal: AbortSignal,
) {
  return {
    filter: slots === undefined ? filter : { ...filter, slots: slots.flatMap(slotsIn) },
    after,
    ...(until !== undefined && { until }),
    limit: pageSize,
    signal,
  }
}

/** What can't be decoded keeps its place, so that it can fail when its turn comes. */
async function decode<Tx>(
  { store, definition }: Runtime<Tx>,
  stored: readonly StoredEvent[],
): Promise<readonly PageEvent[]> {
  if (stored.length === 0) return []
  const unreadable: UnreadableEvent[] = []
  const collect = (event: StoredEvent, error: AnnalsError) => {
    unreadable.push({ unreadable: event, error, position: event.position, at: store.clock.now() })
  }
  const recorded: readonly RecordedEvent[] = await store.decode(stored, {
    ...(definition.events !== undefined && { events: definition.events }),
    unreadable: definition.unreadable === "fail" ? collect : definition.unreadable,
  })
  if (unreadable.length === 0) return recorded
  return [...recorded, ...unreadable].sort((left, right) => left.position - right.position)
}

function slotsIn({ first, last }: SlotRange): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
