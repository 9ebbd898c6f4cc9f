import type { NewEvent, Projection, RecordedEvent } from "@annals/core"
import { createHistory } from "../fixtures/history.ts"
import { checkState } from "./given-aggregate.ts"

/** A projection after some events. */
export interface GivenProjection<State> {
  /** Its state. A function may look at it by assertions of its own. */
  thenState(expected: State | ((state: State) => void)): GivenProjection<State>
}

const anyStream = { category: "test", id: "1" }

/** Events that aren't recorded yet are taken for those of one stream, a second apart. */
export function givenProjection(
  projection: Projection<string, NewEvent, unknown>,
  events: readonly (NewEvent | RecordedEvent)[],
): GivenProjection<unknown> {
  const history = createHistory()
  const recorded = events.map((event) =>
    isRecorded(event) ? event : (history.add(anyStream, event)[0] as RecordedEvent),
  )
  const state = recorded.reduce(projection.evolve, projection.initial())
  const types = events.map(({ type }) => type).join(", ")
  const scenario: GivenProjection<unknown> = {
    thenState(expected) {
      checkState(state, expected, `${projection.name}, given ${types || "nothing"}`)
      return scenario
    },
  }
  return scenario
}

function isRecorded(event: NewEvent | RecordedEvent): event is RecordedEvent {
  return "position" in event && "version" in event
}
