import type { EventLog, Position } from "@annals/core"
import { historyEvents } from "../domain/history-events.ts"
import { applyEvent, type HistoryEvent, type Projection } from "./projection.ts"

/** A projection at work. */
export interface Answer<State> {
  readonly state: State
  apply(event: HistoryEvent): void
}

export function answer<State>(projection: Projection<State>): Answer<State> {
  let state = projection.initial()
  return {
    get state() {
      return state
    },
    apply: (event) => {
      state = applyEvent(projection, state, event)
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
  const events = store.readAll({ events: historyEvents, ...(until !== undefined && { until }) })
  for await (const page of events.pages()) {
    for (const event of page.events) {
      if (!commits.has(event.metadata.correlationId ?? "")) continue
      for (const each of answers) each.apply(event)
    }
  }
}
