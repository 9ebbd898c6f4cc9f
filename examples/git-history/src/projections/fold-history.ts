import type { EventIn, EventLog, Position, Projection, Recorded } from "@annals/core"
import { historyEvents } from "../domain/history-events.ts"

type HistoryEvent = EventIn<typeof historyEvents>

/** A projection at work. */
export interface Answer<State> {
  readonly state: State
  /** What it wants to see. */
  readonly types: readonly string[]
  apply(event: Recorded<HistoryEvent>): void
}

/** Starts a projection. */
export function answer<State>(projection: Projection<string, HistoryEvent, State>): Answer<State> {
  let state = projection.initial()
  return {
    types: projection.types,
    get state() {
      return state
    },
    apply: (event) => {
      state = projection.evolve(state, event)
    },
  }
}

export interface FoldOptions {
  /** The commits whose events count. */
  readonly commits: ReadonlySet<string>
  /** Reads only up to here: the store as it was then. Default: all of it. */
  readonly until?: Position
}

/** Reads the history once, page by page, for any number of answers. */
export async function foldHistory(
  store: Pick<EventLog, "readAll">,
  answers: readonly Answer<unknown>[],
  { commits, until }: FoldOptions,
): Promise<void> {
  const types = [...new Set(answers.flatMap((each) => each.types))]
  const events = store.readAll({ events: historyEvents, types, ...(until !== undefined && { until }) })
  for await (const page of events.pages()) {
    for (const event of page.events) {
      if (!commits.has(event.metadata.correlationId ?? "")) continue
      for (const each of answers) each.apply(event)
    }
  }
}
