import type { EventIn, Recorded } from "@annals/core"
import type { historyEvents } from "../domain/history-events.ts"

/** Something that happened in a repository. */
export type HistoryEvent = Recorded<EventIn<typeof historyEvents>>

/** A question to the history: where its answer starts, and what each kind of event does to it. */
export interface Projection<State> {
  readonly initial: () => State
  readonly handlers: {
    readonly [Type in HistoryEvent["type"]]?: (
      state: State,
      event: Extract<HistoryEvent, { readonly type: Type }>,
    ) => State
  }
}

/** Applies an event, if the projection cares for it. */
export function applyEvent<State>({ handlers }: Projection<State>, state: State, event: HistoryEvent): State {
  const handler = handlers[event.type] as ((state: State, event: HistoryEvent) => State) | undefined
  return handler === undefined ? state : handler(state, event)
}
