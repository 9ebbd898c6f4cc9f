import type { NewEvent, Recorded } from "../events/event.ts"
import type { Projection } from "../projections/projection.ts"
import type { AppendCondition } from "../store/event-query.ts"

/** A projection of just those events that carry all of these tags. Made by {@link tagged}. */
export interface TaggedProjection<State> {
  readonly projection: Pick<Projection<string, NewEvent, State>, "initial" | "types" | "events" | "name"> & {
    evolve(state: State, event: Recorded<NewEvent>): State
  }
  readonly tags: readonly string[]
}

/** What a decision looks at, by names of your choice. */
export type DecisionParts = { readonly [name: string]: TaggedProjection<unknown> }

/** What a decision is taken on. */
export interface DecisionModel<State> {
  /** Of each projection. */
  readonly state: State
  /** Holds as long as nothing was recorded that any of the projections looks at: append with it. */
  readonly condition: Required<AppendCondition>
}

/** The state of each part. */
export type StatesOf<Parts extends DecisionParts> = {
  readonly [Name in keyof Parts]: Parts[Name] extends TaggedProjection<infer State> ? State : never
}
