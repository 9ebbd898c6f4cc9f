import { type AnnalsError, isAnnalsError } from "../errors/annals-error.ts"

/** The same in every copy of core that a program may hold. */
const refusalKey: unique symbol = Symbol.for("annals.refusal")

/** A command's answer "no", with its reason: an expected outcome, not a failure. Made by {@link refuse}. */
export interface Refusal<Reason extends string = string> {
  readonly reason: Reason
  /** Further facts for whoever asked, readable by programs. */
  readonly details: unknown
  readonly [refusalKey]: true
}

/**
 * Refuses a command: nothing is recorded, and `execute` rejects with `COMMAND_REFUSED`, which carries reason and details.
 *
 * @example
 * const withdraw = (state: { cents: number }, { cents }: { cents: number }) =>
 *   state.cents < cents ? refuse("insufficient-funds", { available: state.cents }) : withdrawn({ cents })
 */
export function refuse<const Reason extends string>(reason: Reason, details?: unknown): Refusal<Reason> {
  return Object.freeze({ reason, details, [refusalKey]: true as const })
}

/** Whether a decision is a refusal. */
export function isRefusal(decision: unknown): decision is Refusal {
  return typeof decision === "object" && decision !== null && refusalKey in decision
}

/**
 * Whether a command was refused, for this reason if one is given.
 *
 * @example
 * if (isRefused(error, "insufficient-funds")) return { status: 409, body: error.details }
 */
export function isRefused<const Reason extends string = string>(
  error: unknown,
  reason?: Reason,
): error is AnnalsError<"COMMAND_REFUSED"> & { readonly reason: Reason } {
  return isAnnalsError(error, "COMMAND_REFUSED") && (reason === undefined || error.reason === reason)
}
