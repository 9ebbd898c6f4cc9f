import { isAnnalsError } from "@annals/core"
import { other } from "./semantic-conventions.ts"
import type { SpanVariant } from "./span-catalogue.ts"

/** How an operation ended that didn't end well. Exactly one of the two is there. */
export interface Outcome {
  /** The operation failed: an error's code, or the name of its class. */
  readonly errorType?: string
  /** It ended without a result, as it should: nothing that anybody has to mend. */
  readonly answer?: Answer
}

/**
 * `refused`: the aggregate refuses the command. `conflict`: somebody was faster, and the append is decided again. `not-found`: there is no such aggregate.
 * `aborted`: the caller's signal, or a stop. `taken-over`: others do this work now.
 */
type Answer = "refused" | "conflict" | "not-found" | "aborted" | "taken-over"

/** Of any operation. */
const answers: ReadonlyMap<string, Answer> = new Map([
  ["ABORTED", "aborted"],
  ["LEASE_LOST", "taken-over"],
  ["CHECKPOINT_CONFLICT", "taken-over"],
  ["PROJECTION_SUPERSEDED", "taken-over"],
])

/** What is an answer of one operation is an error of those around it: a handler whose append conflicts has failed. */
const ownAnswers: { readonly [variant in SpanVariant]?: ReadonlyMap<string, Answer> } = {
  execute: new Map([["COMMAND_REFUSED", "refused"]]),
  load: new Map([["STREAM_NOT_FOUND", "not-found"]]),
  append: new Map([
    ["VERSION_CONFLICT", "conflict"],
    ["CONDITION_FAILED", "conflict"],
  ]),
}

/** What to say of an error: never what it says itself. */
export function outcomeOf(variant: SpanVariant, error: unknown): Outcome {
  const type = errorTypeOf(error)
  const answer = type === "AbortError" ? "aborted" : (ownAnswers[variant]?.get(type) ?? answers.get(type))
  return answer === undefined ? { errorType: type } : { answer }
}

/** Codes and names of classes look like this; whoever puts something else there, it may be anything. */
const looksLikeName = /^[A-Za-z_$][\w$.]{0,79}$/

/** The code of an error of Annals, else the name of its class. */
export function errorTypeOf(error: unknown): string {
  try {
    const name = isAnnalsError(error) ? error.code : error instanceof Error ? classOf(error) : other
    return looksLikeName.test(name) ? name : other
  } catch {
    return other
  }
}

function classOf(error: Error): string {
  return error.name !== "Error" ? error.name : error.constructor.name
}
