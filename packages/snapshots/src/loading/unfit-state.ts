/** Why a snapshot is passed over that restored well, and whose state the rules can't apply events to: of another shape than they know, most likely. */
export function unfitState(error: unknown): Error {
  return new Error("an event can't be applied to the state that was restored", { cause: error })
}
